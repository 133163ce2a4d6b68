// All that runs in a page, by the debugging protocol: its frames of other sites and every worker, those that workers start too.

/**
 * Follows a page of puppeteer's from now on. Gives a function that tells what runs there now, the page itself first, each
 * as { type, url, session }: type is 'page', 'iframe' or 'worker'.
 */
export async function realmsOf(page) {
  const root = await page.createCDPSession();
  const realms = new Map([[root.id(), { type: 'page', url: page.url(), session: root }]]);
  const follow = async (session) => {
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo: { type, url } }) => {
      const child = session.connection()?.session(sessionId);
      if (!child) return;
      realms.set(sessionId, { type, url, session: child });
      // One that has ended by then has nothing to follow.
      follow(child).catch(() => {});
    });
    session.on('Target.detachedFromTarget', ({ sessionId }) => realms.delete(sessionId));
    await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
  };
  await follow(root);
  return () => [...realms.values()].filter(({ type }) => ['page', 'iframe', 'worker'].includes(type));
}

/** What `expression`, called with the objects of a class that live in a realm as a list, answers as JSON. */
export async function askObjects({ session }, kind, expression) {
  const group = { objectGroup: 'asked' };
  const { result } = await session.send('Runtime.evaluate', { expression: `${kind}.prototype`, ...group });
  const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId: result.objectId, ...group });
  const call = { functionDeclaration: `function () { return (${expression})(this); }`, returnByValue: true };
  const answer = await session.send('Runtime.callFunctionOn', { objectId: objects.objectId, ...call });
  await session.send('Runtime.releaseObjectGroup', group);
  return answer.result.value;
}
