import { test } from '@playwright/test';
for (const tier of ['threads', 'serial'] as const)
  test(`times ${tier}`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.goto('/runner.html');
    console.log(
      JSON.stringify(
        await page.evaluate(async (tier) => {
          const api = await import('/breakeven.js' as string);
          const engine = await api.load({ tier, n_threads: tier === 'serial' ? 1 : 2 });
          const out: Record<string, number[]> = {};
          const time = async (name: string, f: () => Promise<any>) => {
            const t = performance.now();
            const r = await f();
            (out[name] ??= []).push(Math.round(performance.now() - t));
            return r;
          };
          for (let i = 0; i < 3; i++) {
            const { X, y } = await time('make', () =>
              engine.makeClassification({ n_samples: 1e6, n_features: 10, random_state: 0 }),
            );
            const split = await time('split', () => engine.trainTestSplit(X, y, { test_size: 0.2, random_state: 0 }));
            const strat = await time('stratified', () =>
              engine.trainTestSplit(X, y, { test_size: 0.2, random_state: 0, stratify: true }),
            );
            const small = await engine.makeClassification({ n_samples: 1000, n_features: 10, random_state: 0 });
            const tiled = await time('tile', () => small.X.tile(1e6));
            await time('nb', () => engine.fit({ estimator: 'GaussianNB' }, X, y));
            for (const m of [X, split.X_train, split.X_test, strat.X_train, strat.X_test, tiled]) await m.free?.();
          }
          await engine.dispose();
          return out;
        }, tier),
      ),
    );
  });
