/** The answer: two lines that cross, and the sentence beside them. Both are there early, and then tighten. */
import { html, nothing, type TemplateResult } from 'lit';
import type { MeasurePoint, MeasureReport } from '../../api/types.js';
import { crossing, crossingHeight, twoLines } from '../../charts/crossing.js';
import { crossingsIn } from '../../charts/times.js';
import { type Reference, verdictOf } from '../../experiment/reference.js';
import { sweepSentence, toldOf } from '../../experiment/words.js';
import { figure } from '../figure/figure.js';
import type { Part } from '../part-names.js';
import { choice, type Layers, layers, type Shown } from './sections.js';
import { POINT } from './sweep.js';

export interface AnswerState extends Shown {
  /** The last run's, until this one has an answer. */
  last: Reference | null;
  parts: ReadonlySet<Part>;
  busy: boolean;
  /** The classifier that the reader has chosen; '' before. */
  classifier: string;
  onClassifier: (classifier: string) => void;
  /** Goes on with the measurement of the last run; null where there is none to go on with. */
  onLonger: (() => void) | null;
}

interface Answer {
  sweeps: Record<string, MeasureReport>;
  verdict: string;
}

function answers(shown: Shown): Layers<Answer> | null {
  const layer = layers<Answer>(shown, ({ sweeps = {}, verdict = '' }) =>
    Object.keys(sweeps).length > 0 ? { sweeps, verdict } : null,
  );
  // Somebody else's words are of another machine.
  return layer?.source && shown.reference
    ? { ...layer, own: { ...layer.own, verdict: verdictOf(shown.reference) } }
    : layer;
}

/** The classifier whose lines are shown: the reader's choice, else the first whose lines cross within the sizes. */
export function classifierOf(shown: Shown, chosen: string): string {
  const { sweeps = {} } = answers(shown)?.own ?? {};
  if (Object.hasOwn(sweeps, chosen)) return chosen;
  const crosses = ({ points, break_even }: MeasureReport) => {
    const told = toldOf(break_even);
    const sizes = points.map(({ n_rows }) => n_rows);
    return told !== null && crossingsIn([told], sizes).some(({ n_rows }) => (n_rows ?? 0) > Math.min(...sizes));
  };
  const names = Object.keys(sweeps);
  return names.find((name) => crosses(sweeps[name] as MeasureReport)) ?? names[0] ?? '';
}

export function answerView(given: AnswerState): TemplateResult | typeof nothing {
  const state = given.last && !given.own?.verdict ? { ...given, reference: given.last } : given;
  const [chart, sentence] = [state.parts.has('chart'), state.parts.has('verdict')];
  const layer = answers(state);
  if ((!chart && !sentence) || (!layer && !state.busy)) return nothing;
  return html`<div class=${chart && sentence ? 'answer both' : 'answer'} data-testid="answer">
    ${chart ? chartView(state, layer) : nothing} ${sentence ? sentenceView(state, layer) : nothing}
  </div>`;
}

/** The same rows for the same points, so that nothing is drawn twice. */
const rowsOf = new WeakMap<readonly MeasurePoint[], MeasurePoint[]>();

function chartView(state: AnswerState, layer: Layers<Answer> | null): TemplateResult {
  if (!layer) {
    return html`<div class="lines pending">
      <breakeven-chart .height=${crossingHeight}></breakeven-chart>
    </div>`;
  }
  const { own, source } = layer;
  const classifier = classifierOf(state, state.classifier);
  const sweep = own.sweeps[classifier] as MeasureReport;
  const rows = rowsOf.get(sweep.points) ?? twoLines(sweep).points;
  rowsOf.set(sweep.points, rows);
  return html`<div class="lines">
    ${choice(
      'answer',
      'Classifier',
      classifier,
      Object.keys(own.sweeps).map((name) => [name, name] as const),
      state.onClassifier,
    )}
    ${figure({
      ...{
        id: 'answer',
        title: sweepSentence(classifier, sweep, !state.parts.has('verdict')),
        source,
        name: classifier,
        data: sweep,
      },
      ...{ draw: crossing, height: crossingHeight, caption: `${classifier}: the points of both lines` },
      ...{ columns: POINT, rows },
    })}
  </div>`;
}

function sentenceView({ busy, own, reference, onLonger }: AnswerState, layer: Layers<Answer> | null): TemplateResult {
  const soon = busy && (!layer || layer.source);
  const which = reference?.from === 'last' ? 'of this run' : 'for this machine';
  return html`<div class="verdict-place">
    ${
      layer
        ? html`<p class="verdict" data-testid="verdict">
            ${typeset(layer.own.verdict)}${layer.source ? html`<span class="source">${layer.source.words}</span>` : nothing}
          </p>`
        : nothing
    }
    <p class="soon">
      ${soon ? `The answer ${which} comes with the second round over all sizes, and tightens with each further one.` : nothing}
      ${busy && own?.sweeps && !soon ? 'It tightens with each round.' : nothing}
    </p>
    ${
      onLonger
        ? html`<button type="button" data-testid="measure-longer" ?disabled=${busy} @click=${onLonger}>
            Measure longer
          </button>`
        : nothing
    }
  </div>`;
}

/** A number stays with its percent sign. */
function typeset(words: string): string {
  return words.replaceAll(/(\d) %/g, '$1\u00a0%');
}
