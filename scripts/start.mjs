// npm start [-- --port N]: sets up what is missing, builds what has changed, serves the site.
import { build } from './build.mjs';
import { main } from './run.mjs';
import { portArgument, serve } from './serve.mjs';

await main(async () => {
  const port = portArgument(4173);
  await build();
  const { url } = await serve(port);
  console.log(`\nBreakeven is at ${url}  (Ctrl-C ends it)`);
});
