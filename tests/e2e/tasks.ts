/** The tasks of a page, by the time that the processor gave them: other programs on the machine make that no longer. */
import type { Browser, Page } from '@playwright/test';

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds on the processor; a task that is still going on has none. */
  tdur?: number;
  args: { name?: string };
}

/** Milliseconds of each task of the page's main thread while `work` goes on, the longest first. */
export async function tasksDuring(browser: Browser, page: Page, work: () => Promise<void>): Promise<number[]> {
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  const trace = (await browser.stopTracing()).toString();
  const { traceEvents } = JSON.parse(trace) as { traceEvents: TraceEvent[] };
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const main = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(thread),
  );
  return traceEvents
    .filter((event) => event.name === 'ThreadControllerImpl::RunTask' && main.has(thread(event)))
    .flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]))
    .sort((a, b) => b - a);
}

/** How much of a core all of the page's threads take: what is under way would take one whole. */
export async function busyShare(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const seconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ProcessTime')?.value ?? Number.NaN;
  };
  await session.send('Performance.enable');
  const [begun, before] = [performance.now(), await seconds()];
  await page.waitForTimeout(1000);
  const share = ((await seconds()) - before) / ((performance.now() - begun) / 1000);
  await session.detach();
  return share;
}
