/** One experiment gives the same in every engine, tier and number of threads, and natively (tests/everywhere.rs). */
import { readFileSync } from 'node:fs';
import { expect, test } from './tabs.js';

const file = JSON.parse(readFileSync(new URL('../fixtures/everywhere.json', import.meta.url), 'utf8'));

for (const tier of ['threads', 'workers', 'serial'] as const) {
  test(`the ${tier} tier finds what the machine itself found`, async ({ tab, site, kind }) => {
    test.skip(tier === 'threads' && kind.tier !== 'threads', 'there is no such tier');
    await tab.goto(`${site}runner.html`);
    for (const n_threads of tier === 'serial' ? [1] : [1, 2, 3]) {
      const found = await tab.ask(
        async ({ tier, n_threads, file }) => {
          const { load } = (await import(
            new URL('breakeven.js', document.baseURI).href
          )) as typeof import('../../www/breakeven.js');
          const engine = await load({ tier, n_threads });
          const { X, y } = await engine.makeClassification(file.data);
          const { X_train, X_test, y_train, y_test } = await engine.trainTestSplit(X, y, file.split);
          const unseen = await engine.makeClassification(file.unseen);
          // FNV-1a over the labels.
          const hash = (labels: Int32Array) =>
            labels.reduce((hash, label) => Math.imul(hash ^ label, 0x01000193) >>> 0, 0x811c9dc5);
          const found: unknown[] = [];
          for (const search of file.searches) {
            const { best_params, best_score, best_estimator, cv_results } = await engine.gridSearchCV(
              search,
              X_train,
              y_train,
            );
            const { y: labels } = await engine.predict(best_estimator, unseen.X, { strategy: 'auto' });
            found.push({
              best_params,
              best_score,
              split_test_score: cv_results.split_test_score,
              test_acc: await best_estimator.score(X_test, y_test),
              labels: hash(labels),
            });
          }
          await engine.dispose();
          return found;
        },
        { tier, n_threads, file },
      );
      expect(found, `${n_threads} threads`).toEqual(file.found);
    }
  });
}
