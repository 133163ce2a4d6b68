/** The page's end of a measurement, with coordinators that say what they are told to. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Coordinator } from '../../www/api/coordinator/coordinator.js';
import { methodsOf } from '../../www/api/coordinator/methods.js';
import { BreakevenError } from '../../www/api/error.js';
import { Link } from '../../www/api/link.js';
import { EngineMeasurement } from '../../www/api/measurement.js';
import type { Leg, RoundsReply } from '../../www/api/protocol.js';
import { serve } from '../../www/api/rpc/serve.js';
import { environmentOf, sweep } from './measured.js';

type Call = string | number;
/** Answers a call instead, where it gives something; may throw, or never answer. */
type Instead = (room: Room, call: string) => unknown;

const SPEC = { strategies: ['serial' as const, 'threads' as const], batch_sizes: [10, 1000] };
const START_MS = 300;
const ROUND_MS = 400;
const never = new Promise<never>(() => {});

let now_ms = 0;
let rooms: Room[] = [];
let instead: Instead = () => undefined;
/** What the rounds of the measurement leave to do, by how many there have been. */
let left: (n_rounds: number) => Partial<RoundsReply> = () => ({});

/** A coordinator, of which the first is the engine's own: it counts rounds, and remembers what it was asked. */
class Room {
  readonly calls: string[] = [];
  readonly number = rooms.push(this) - 1;
  readonly link: Link;
  ended = false;
  sent: { files: string[]; rows: Float64Array | null } = { files: [], rows: null };
  #n_rounds = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const tell = (...words: Call[]) => this.calls.push(words.join(' '));
    /** Says what it was asked, and answers. */
    const answer = async <T>(words: Call[], value: () => T): Promise<T> => {
      tell(...words);
      const other = await instead(this, words.join(' '));
      return other === undefined ? value() : (other as T);
    };
    const coordinator = {
      measurement: (_: unknown, models: object, X: unknown, spec: { batch_sizes: number[]; precision?: number }) => {
        const words = ['measurement', ...Object.keys(models), String(X), ...spec.batch_sizes];
        return answer([...words, ...(spec.precision ? [`to ${spec.precision}`] : [])], () => 7);
      },
      measureRound: (_: unknown, id: number, only_large: boolean) =>
        answer(['round', id, ...(only_large ? ['only large'] : [])], () => this.#round()),
      goOn: (_: unknown, id: number, sizes: number[], precision = 0) =>
        answer(['go on', id, ...sizes, ...(precision ? [`to ${precision}`] : [])], () => this.#reply()),
      absorb: (_: unknown, id: number, leg: Leg, numbers: Float64Array, load: number) =>
        answer(['absorb', id, `leg ${leg.numbers[0]}`, ...numbers, `load ${load}`], () => {
          this.#n_rounds += 1;
          return this.#reply();
        }),
      stayAlone: (_: unknown, id: number) => answer(['stay alone', id], () => undefined),
      save: (_: unknown, model: number) => answer(['save', model], () => Uint8Array.of(model, 9)),
      measuredRows: (_: unknown, id: number, n_rows: number) =>
        answer(['rows', id, n_rows], () => ({ data: Float64Array.of(1, 2, 3, 4), n_rows: 2, n_cols: 2 })),
      loadModel: (_: unknown, file: Uint8Array) => answer(['load', ...file], () => ({ id: 40 + (file[0] as number) })),
      matrix: (_: unknown, data: Float64Array, n_rows: number, n_cols: number) =>
        answer(['matrix', ...data, `${n_rows}x${n_cols}`], () => ({ id: 50 })),
      measureLeg: (_: unknown, models: Record<string, number>, X: number, __: object, leg: Leg, min_ms: number) =>
        answer(['leg', leg.numbers[0] as number, JSON.stringify(models), X, `for ${min_ms}`], () =>
          Float64Array.of(100 + this.number),
        ),
      free: (_: unknown, kind: string, id: number) => void tell('free', kind, id),
      cancel: () => void tell('cancel'),
    };
    const missing = () => {
      throw new Error('not part of a measurement');
    };
    const whole = new Proxy(coordinator, { get: (own, name) => Reflect.get(own, name) ?? missing });
    serve(port2, methodsOf(whole as unknown as Coordinator));
    this.link = new Link({
      port: port1,
      isolated: true,
      onFailure: () => {},
      end: () => {
        this.ended = true;
        port1.close();
        port2.close();
      },
    });
  }

  #round(): RoundsReply {
    now_ms += ROUND_MS;
    this.#n_rounds += 1;
    return this.#reply();
  }

  #reply(): RoundsReply {
    const n_rounds = this.#n_rounds;
    const { environment: _, ...report } = sweep({ n_rounds });
    const leg = n_rounds < 2 ? undefined : { numbers: Float64Array.of(n_rounds), n_rows: 1000 };
    const reply = { reports: { NB: report, RF: report }, n_rounds, done: n_rounds, total: 10, has_large: false };
    return { ...reply, more: true, leg, ...left(n_rounds) };
  }
}

const engine = {
  environment: environmentOf('threads'),
  inTurn: <T>(work: () => Promise<T>): Promise<T> => work(),
  async another() {
    const room = new Room();
    await instead(room, 'start');
    now_ms += START_MS;
    return room.link;
  },
};

function measurement(spec: { total_ms?: number } = {}): EngineMeasurement {
  return new EngineMeasurement(engine, own().link, { NB: 1, RF: 2 }, 3, { ...SPEC, ...spec });
}

const own = () => rooms[0] as Room;
const others = () => rooms.slice(1);
/** Lets all messages that are under way arrive. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

beforeEach(() => {
  now_ms = 0;
  rooms = [];
  instead = () => undefined;
  left = (n_rounds) => ({ more: n_rounds < 6 });
  vi.spyOn(performance, 'now').mockImplementation(() => now_ms);
  new Room();
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const { link } of rooms) link.end(new BreakevenError('disposed', 'Over.'));
});

describe('where it measures', () => {
  test('rounds here for a second, then a start of the engine for each leg', async () => {
    const reports = await measurement().go();
    expect(own().calls).toEqual([
      'measurement NB RF 3 10 1000',
      // A leg is offered after two rounds, and taken when they have lasted long enough.
      ...['round 7', 'round 7', 'round 7'],
      // Files and rows are fetched once.
      ...['save 1', 'save 2', 'rows 7 1000'],
      ...['absorb 7 leg 3 101 load 1', 'absorb 7 leg 4 102 load 2', 'absorb 7 leg 5 103 load 3'],
    ]);
    for (const [i, { calls }] of others().entries()) {
      const leg = `leg ${3 + i} {"NB":41,"RF":42} 50 for 1000`;
      expect(calls).toEqual(['load 1 9', 'load 2 9', 'matrix 1 2 3 4 2x2', leg]);
    }
    expect(rooms.map(({ ended }) => ended)).toEqual([false, true, true, true]);
    expect(reports.RF?.n_rounds).toBe(6);
    expect(reports.RF?.environment).toEqual(engine.environment);
  });

  test('a leg lasts twice as long as its start took', async () => {
    left = (n_rounds) => ({ more: n_rounds < 4 });
    instead = (_, call) => {
      if (call === 'start') now_ms += 900;
    };
    await measurement().go();
    expect(others()[0]?.calls.at(-1)).toContain(`for ${2 * (900 + START_MS)}`);
  });

  test('more rows are fetched when a leg needs them, fewer are not', async () => {
    const n_rows = [0, 0, 0, 500, 2000, 1000];
    left = (n_rounds) => ({
      more: n_rounds < 6,
      leg: n_rounds < 2 ? undefined : { numbers: Float64Array.of(n_rounds), n_rows: n_rows[n_rounds] ?? 0 },
    });
    await measurement().go();
    expect(own().calls.filter((call) => call.startsWith('rows'))).toEqual(['rows 7 500', 'rows 7 2000']);
  });

  test('batches too large to send are measured here, between the legs', async () => {
    left = (n_rounds) => ({ more: n_rounds < 7, has_large: true });
    await measurement().go();
    const steps = own().calls.map((call) => call.split(' ')[0]);
    expect(steps).toEqual([
      ...['measurement', 'round', 'round', 'round', 'save', 'save', 'rows'],
      ...['absorb', 'round', 'absorb', 'round'],
    ]);
    expect(own().calls.filter((call) => call.includes('only large'))).toHaveLength(2);
  });

  test.each(['start', 'load 1 9', 'leg'])('alone where another start fails at: %s', async (failing) => {
    instead = (_, call) => {
      if (call.startsWith(failing)) throw new BreakevenError('out_of_memory', 'no room for two');
    };
    const reports = await measurement().go();
    const steps = own().calls.filter((call) => !/^(save|rows)/.test(call));
    const round = 'round 7';
    expect(steps.slice(1)).toEqual([round, round, round, 'stay alone 7', round, round, round]);
    expect(reports.NB?.n_rounds).toBe(6);
    await turn();
    expect(others().map(({ calls }) => calls.length > 0 || failing === 'start')).toEqual([true]);
    expect(others()[0]?.ended).toBe(failing !== 'start');
  });
});

describe('how long it measures', () => {
  test('until its time is over, and no round is begun that would end much later', async () => {
    left = () => ({ leg: undefined });
    const rounds = async (total_ms: number) => (await measurement({ total_ms }).go()).NB?.n_rounds;
    // At 1200 ms another round would be half over at 1400.
    expect(await rounds(1350)).toBe(3);
    expect(await measurement().go({ total_ms: 1450 })).toMatchObject({ NB: { n_rounds: 3 + 4 } });
    expect(await rounds(1)).toBe(3 + 4 + 1);
  });

  test.each([0, -5, Number.NaN, 1e9])('total_ms = %d is refused, and nothing is asked', async (total_ms) => {
    await expect(measurement().go({ total_ms })).rejects.toMatchObject({
      code: 'invalid_param',
      message: expect.stringContaining('total_ms'),
    });
    expect(own().calls).toEqual([]);
  });

  test('a first go has its sizes from the start; called again it goes on from where it stopped', async () => {
    const lab = measurement();
    left = (n_rounds) => ({ more: n_rounds < 2 });
    await lab.go({ batch_sizes: [50], precision: 1.5 });
    left = (n_rounds) => ({ more: n_rounds < 3, leg: undefined });
    const again = await lab.go({ batch_sizes: [77, 99], precision: 1.1 });
    expect(own().calls).toEqual([
      ...['measurement NB RF 3 10 1000 50 to 1.5', 'round 7', 'round 7'],
      ...['go on 7 77 99 to 1.1', 'round 7'],
    ]);
    expect(again.NB?.n_rounds).toBe(3);
  });
});

test('sizes that are no list are refused, and nothing is asked', async () => {
  const wrong = 10 as unknown as number[];
  const of = (batch_sizes: number[]) =>
    new EngineMeasurement(engine, own().link, { NB: 1 }, 3, { ...SPEC, batch_sizes });
  for (const go of [of(wrong).go(), of(null as unknown as number[]).go(), measurement().go({ batch_sizes: wrong })])
    await expect(go).rejects.toMatchObject({ code: 'invalid_param', message: expect.stringContaining('batch_sizes') });
  expect(own().calls).toEqual([]);
});

describe('what it tells', () => {
  test('a report after each round, of every model', async () => {
    const heard: string[] = [];
    await measurement().go({
      onReport: (reports) =>
        heard.push(
          Object.entries(reports)
            .map(([name, { n_rounds }]) => `${name} ${n_rounds}`)
            .join(),
        ),
    });
    expect(heard).toEqual([1, 2, 3, 4, 5, 6].map((n) => `NB ${n},RF ${n}`));
  });

  test('points that are done, or the time that is over where it is limited', async () => {
    const heard: unknown[] = [];
    left = (n_rounds) => ({ more: n_rounds < 3, leg: undefined });
    const onProgress = (progress: object) => heard.push(progress);
    await measurement().go({ onProgress });
    await measurement().go({ onProgress, total_ms: 900 });
    expect(heard).toMatchObject([
      ...[1, 2, 3].map((done) => ({ stage: 'measure', done, total: 10, left_ms: undefined })),
      { stage: 'measure', done: ROUND_MS, total: 900, left_ms: 900 - ROUND_MS },
    ]);
  });

  test('an error of the coordinator, and can be tried again', async () => {
    const lab = measurement();
    instead = (_, call) => {
      if (call.includes('to 0.5')) throw new BreakevenError('invalid_param', 'precision = 0.5');
    };
    await expect(lab.go({ precision: 0.5 })).rejects.toMatchObject({ code: 'invalid_param' });
    await expect(lab.go({ precision: 1.5 })).resolves.toMatchObject({ NB: { n_rounds: 6 } });
    expect(own().ended).toBe(false);
  });
});

describe('its end', () => {
  /** Cancels when some coordinator is asked this, which then never answers. */
  const hang = (at: string, end: () => void) => {
    instead = (_, call) => {
      if (!call.startsWith(at)) return undefined;
      end();
      return never;
    };
  };

  test.each(['measurement', 'round', 'save', 'rows'])('cancelled here at: %s', async (at) => {
    const cancel = new AbortController();
    hang(at, () => cancel.abort());
    await expect(measurement().go({ signal: cancel.signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(own().ended).toBe(false);
  });

  test.each(['load', 'matrix', 'leg'])('cancelled at another start’s %s it ends that, and can go on', async (at) => {
    const lab = measurement();
    const cancel = new AbortController();
    hang(at, () => cancel.abort());
    await expect(lab.go({ signal: cancel.signal })).rejects.toMatchObject({ code: 'aborted' });
    await turn();
    expect(rooms.map(({ ended }) => ended)).toEqual([false, true]);
    instead = () => undefined;
    expect((await lab.go()).NB?.n_rounds).toBe(6);
    expect(own().calls).not.toContain('stay alone 7');
  });

  test('cancelled while another start is on its way it waits for nothing, and ends that when it is there', async () => {
    const cancel = new AbortController();
    let arrive = () => {};
    instead = (_, call) => {
      if (call !== 'start') return undefined;
      cancel.abort();
      return new Promise<void>((resolve) => (arrive = resolve));
    };
    await expect(measurement().go({ signal: cancel.signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(others().map(({ ended }) => ended)).toEqual([false]);
    arrive();
    await turn();
    expect(others().map(({ ended }) => ended)).toEqual([true]);
  });

  test('cancelled before it begins nothing is asked', async () => {
    await expect(measurement().go({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(own().calls).toEqual([]);
  });

  test.each(['round', 'leg', 'start'])('freed during its %s it rejects, and is freed there', async (at) => {
    const lab = measurement();
    hang(at, () => lab.free());
    await expect(lab.go()).rejects.toMatchObject({ code: 'disposed' });
    await expect(lab.go()).rejects.toMatchObject({ code: 'disposed' });
    lab.free();
    await turn();
    expect(own().calls.filter((call) => call.startsWith('free'))).toEqual(['free measurement 7']);
    expect(others().every(({ ended }) => ended || at === 'start')).toBe(true);
  });

  test('freed, or cancelled and freed, while it is lined up it leaves nothing behind', async () => {
    for (const ending of ['free', 'cancel'] as const) {
      const lab = measurement();
      const cancel = new AbortController();
      instead = async (_, call) => {
        if (!call.startsWith('measurement')) return;
        if (ending === 'free') lab.free();
        else cancel.abort();
        await turn();
      };
      await expect(lab.go({ signal: cancel.signal })).rejects.toBeInstanceOf(BreakevenError);
      lab.free();
      await vi.waitFor(() => expect(own().calls.at(-1)).toBe('free measurement 7'));
    }
    expect(own().calls.filter((call) => call.startsWith('free'))).toHaveLength(2);
  });

  test('one that was never begun has nothing to free', async () => {
    const lab = measurement();
    lab.free();
    await expect(lab.go()).rejects.toMatchObject({ code: 'disposed' });
    await turn();
    expect(own().calls).toEqual([]);
  });

  test('a second go is refused while one is open, and does it no harm', async () => {
    const lab = measurement();
    const first = lab.go();
    await expect(lab.go()).rejects.toMatchObject({
      code: 'invalid_param',
      message: expect.stringContaining('under way'),
    });
    expect((await first).NB?.n_rounds).toBe(6);
    await expect(lab.go()).resolves.toBeDefined();
  });

  test('the engine’s own end is its end, too', async () => {
    const gone = new BreakevenError('worker_failed', 'a trap');
    instead = (room, call) => {
      if (room === own() || !call.startsWith('leg')) return undefined;
      own().link.end(gone);
      throw new BreakevenError('worker_failed', 'cut off');
    };
    await expect(measurement().go()).rejects.toMatchObject({ code: 'worker_failed' });
    expect(own().calls).not.toContain('stay alone 7');
  });
});

test("what a listener throws is the page's to hear of, and the measurement goes on", async () => {
  const thrown: unknown[] = [];
  const hear = (error: unknown) => thrown.push(error);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', hear);
  try {
    let heard = 0;
    const onReport = () => {
      heard += 1;
      throw new Error('mine');
    };
    expect(Object.keys(await measurement().go({ onReport }))).toEqual(['NB', 'RF']);
    await turn();
    expect(heard).toBeGreaterThan(1);
    expect(thrown).toHaveLength(heard);
  } finally {
    process.off('uncaughtException', hear);
    for (const other of others) process.on('uncaughtException', other);
  }
});

test('sizes that the time did not come to are noted', async () => {
  left = () => ({ more: true });
  const { NB } = await measurement({ total_ms: 1000 }).go({ batch_sizes: [123_456] });
  expect(NB?.points.some((point) => point.n_rows === 123_456)).toBe(false);
  expect(NB?.notes).toContain('serial and threads at 123,456 rows not measured: the time was over before.');
});
