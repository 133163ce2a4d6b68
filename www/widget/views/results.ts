/** Each part of the results as the face knows them: in the widget one under the other, on the page amid its prose. */
import type { nothing, TemplateResult } from 'lit';
import type { Strategy } from '../../api/types.js';
import type { Axes } from '../../charts/scatter.js';
import type { ModelFacts } from '../../experiment/model-facts.js';
import type { Preview } from '../../experiment/preview.js';
import type { Reference } from '../../experiment/reference.js';
import type { ExperimentReport } from '../../experiment/report.js';
import type { ResultPart } from '../part-names.js';
import type { Progress, RunState } from '../run-state.js';
import { closerView, type Look } from './closer.js';
import { dataView } from './data.js';
import { hiddenView } from './hidden.js';
import { inferenceView } from './inference.js';
import { type Keeping, modelsView } from './models.js';
import { notesView } from './notes.js';
import type { Predictions } from './predict.js';
import { ruleView } from './rule.js';
import { sweepView } from './sweep.js';
import { type Job, trainingView } from './training.js';

/** What a visitor chooses to look at. */
export interface Choices {
  axes: Axes;
  strategy: Strategy;
  /** The one that is looked at closer. */
  classifier: string;
  /** The one whose lines answer the question. */
  answer: string;
}

/** What of a face the parts show, and what they ask of it. */
export interface Results {
  readonly state: RunState;
  readonly progress: Progress | null;
  /** What is known so far. */
  readonly report: Partial<ExperimentReport> | null;
  readonly reference: Reference | null;
  readonly preview: Preview | null;
  readonly choices: Choices;
  /** Models, by classifier. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What is known of them. */
  readonly facts: ReadonlyMap<string, ModelFacts>;
  readonly predictions: Predictions;
  readonly keeping: Keeping;
  /** What is measured besides the run, and how far it is. */
  readonly looking: { look: Look; part: number } | null;
  readonly canLook: boolean;
  /** What became of the last copy, in words. */
  readonly copied: string;
  choose(choices: Partial<Choices>): void;
  look(look: Look, classifier: string): Promise<void>;
  copy(words: string, shown: HTMLElement | null): Promise<void>;
}

/** bare: without heading and lead, for a page that has its own. */
export function partView(part: ResultPart, face: Results, bare: boolean): TemplateResult | typeof nothing {
  const { report: own, reference, choices } = face;
  const shown = { own, reference };
  const choose =
    <K extends keyof Choices>(name: K) =>
    (value: Choices[K]) =>
      face.choose({ [name]: value });
  switch (part) {
    case 'data':
      return dataView({ ...shown, preview: face.preview, axes: choices.axes, onAxes: choose('axes') }, bare);
    case 'training':
      return trainingView({ ...shown, jobs: jobs(face), ...modelsOf(face) }, bare);
    case 'models':
      return modelsView(modelsOf(face), bare);
    case 'inference':
      return inferenceView(shown, bare);
    case 'sweep':
      return sweepView({ ...shown, strategy: choices.strategy, onStrategy: choose('strategy') }, bare);
    case 'closer':
      return closerView(
        {
          ...shown,
          ...{ classifier: choices.classifier, onClassifier: choose('classifier'), looking: face.looking },
          ready: face.canLook,
          onLook: (look: Look, classifier: string) => void face.look(look, classifier),
        },
        bare,
      );
    case 'rule':
      return ruleView({ ...shown, copied: face.copied, onCopy: (code, area) => void face.copy(code, area) }, bare);
    case 'hidden':
      return hiddenView(shown, bare);
    case 'notes':
      return notesView(shown, bare);
  }
}

function modelsOf({ files, facts, predictions, keeping }: Results) {
  return { files, facts, predictions, keeping };
}

/** Parts that have nothing to show before somebody's results are there. */
export function hasContent(part: ResultPart, face: Results): boolean {
  if (part === 'data') return face.preview !== null || face.report !== null || face.reference !== null;
  // Of earlier visits.
  if (part === 'models') return face.keeping.state.models !== null;
  return face.report !== null || face.reference !== null;
}

/** What a part is made of: without a change in it nothing is made anew. */
export function basisOf(part: ResultPart, face: Results): unknown[] {
  const { report, reference, choices, preview, files, looking, copied, state } = face;
  // Only training tells how far each of its jobs is.
  const progress = part === 'training' && face.progress;
  const models = [face.predictions.state, face.keeping.state, face.keeping.isShown];
  return [part, report, reference, choices, preview, files, files.size, looking, copied, state, progress, ...models];
}

/** The classifiers of a run that is under way, and how far each is. */
function jobs({ state, report, progress }: Results): Job[] {
  const experiment = report?.experiment;
  if (state !== 'running' || !experiment) return [];
  const trained = report.training ?? [];
  return Object.entries(experiment.classifiers).map(([classifier, { estimator }]) => {
    if (trained.some((row) => row.classifier === classifier)) return { classifier, estimator, state: 'done', part: 1 };
    const now = progress?.stage === 'training' && progress.job?.classifier === classifier ? progress.job : null;
    return { classifier, estimator, state: now ? 'training' : 'waiting', part: now?.part ?? 0 };
  });
}
