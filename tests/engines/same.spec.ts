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
          // FNV-1a over labels or bytes.
          const hash = (values: Int32Array | Uint8Array) =>
            [...values].reduce((hash, value) => Math.imul(hash ^ value, 0x01000193) >>> 0, 0x811c9dc5);
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
          // smartcore’s, by each strategy.
          const fitted: unknown[] = [];
          const strategies: ('serial' | 'auto' | 'workers')[] =
            tier === 'serial' ? ['serial', 'auto'] : ['serial', 'auto', 'workers'];
          for (const spec of file.fits) {
            const model = await engine.fit(spec, X_train, y_train);
            const labels = [];
            for (const strategy of strategies)
              labels.push(hash((await engine.predict(model, unseen.X, { strategy })).y));
            const [first] = labels;
            fitted.push({ labels: labels.every((hash) => hash === first) && first, file: hash(await model.save()) });
          }
          await engine.dispose();
          return { found, fitted };
        },
        { tier, n_threads, file },
      );
      expect(found.found, `${n_threads} threads`).toEqual(file.found);
      expect(found.fitted, `${n_threads} threads`).toEqual(file.fitted);
    }
  });
}
