// All that runs in a page, by the debugging protocol: its frames of other sites and every worker, those that workers start too.

const KINDS = ['page', 'iframe', 'worker'];

/**
 * @typedef {object} Realm
 * @property {string} type 'page', 'iframe' or 'worker'
 * @property {string} url
 * @property {import('puppeteer-core').CDPSession} session
 * @property {boolean} isEnding What started it has ended: it answers no more, and may still compute for a while.
 * @property {Realm[]} children
 */

/**
 * Follows a page of puppeteer's from now on. Gives a function that tells what runs there now, the page itself first, the
 * others in the order in which they were started.
 * @param {import('puppeteer-core').Page} page
 * @returns {Promise<() => Promise<Realm[]>>}
 */
export async function realmsOf(page) {
  const root = await page.createCDPSession();
  const all = await page.browser().target().createCDPSession();
  const known = new Map();
  const end = (realm) => {
    realm.isEnding = true;
    for (const child of realm.children) end(child);
  };
  const follow = async (realm) => {
    const { session } = realm;
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo: { targetId, type, url } }) => {
      const child = { type, url, session: session.connection()?.session(sessionId), isEnding: false, children: [] };
      if (!child.session || !KINDS.includes(type)) return;
      known.set(targetId, child);
      realm.children.push(child);
      // One that has ended by then has nothing to follow.
      follow(child).catch(() => {});
    });
    session.on('Target.detachedFromTarget', ({ sessionId }) => {
      // A frame that has gone to another process is there again, by another session.
      const child = realm.children.find(({ session }) => session.id() === sessionId);
      if (child) end(child);
      realm.children = realm.children.filter((other) => other !== child);
    });
    await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
  };
  const self = { type: 'page', url: page.url(), session: root, isEnding: false, children: [] };
  await follow(self);
  return async () => {
    // A browser tells of workers only where it is asked for all there is.
    const { targetInfos } = await all.send('Target.getTargets', { filter: [{}] });
    const there = new Set(targetInfos.map(({ targetId }) => targetId));
    return [self, ...[...known].filter(([targetId]) => there.has(targetId)).map(([, realm]) => realm)];
  };
}

/** What `expression`, called with the objects of a class that live in a realm as a list, answers as JSON. */
export async function askObjects({ session }, kind, expression) {
  const group = { objectGroup: 'asked' };
  const { result } = await session.send('Runtime.evaluate', { expression: `${kind}.prototype`, ...group });
  const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId: result.objectId, ...group });
  const call = { functionDeclaration: `function () { return (${expression})(this); }`, returnByValue: true };
  const answer = await session.send('Runtime.callFunctionOn', { objectId: objects.objectId, ...call });
  await session.send('Runtime.releaseObjectGroup', { objectGroup: 'asked' });
  return answer.result.value;
}
