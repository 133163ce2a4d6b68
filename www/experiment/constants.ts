/** Numbers of rows that scikit-learn's developers have argued about, for threads of its own forests. */
export interface Constant {
  /** As it was said; '' where no number was. */
  rows: string;
  what: string;
  said: string;
  /** The thread it was said in. */
  name: string;
  url: string;
}

const HOME = 'https://github.com/scikit-learn/scikit-learn';

export const CONSTANTS: readonly Constant[] = [
  {
    rows: '100',
    what: 'random forests',
    said: 'proposed as a fixed limit: serial below it, since dispatch was seen to take 10 to 15 ms',
    name: 'pull request #32455, 2025',
    url: `${HOME}/pull/32455`,
  },
  {
    rows: 'about 2,000',
    what: 'isolation forests',
    said: 'threads were a little slower below that in the benchmark that came with them',
    name: 'pull request #28622, 2024',
    url: `${HOME}/pull/28622`,
  },
  {
    rows: '5,000',
    what: 'isolation forests',
    said: 'discussed as a limit, with the fear that it “could be hardware-dependent”',
    name: 'pull request #14001, 2019',
    url: `${HOME}/pull/14001`,
  },
  {
    rows: '',
    what: 'random forests',
    said: 'predict_proba is slow with n_jobs > 1 on small batches; no number is named',
    name: 'issue #16143, 2020',
    url: `${HOME}/issues/16143`,
  },
];
