/** What the numbers were, or will be, measured on. */
import { html, nothing, type TemplateResult } from 'lit';
import { siteHome } from '../../api/files.js';
import { scriptURL } from '../../api/trusted.js';
import type { Capacity, Environment } from '../../api/types.js';
import { counted, duration } from '../../experiment/format.js';
import { type Settings, toAddress } from '../../experiment/url.js';
import { coresOfWords } from '../../experiment/words.js';

const TIERS = {
  threads: 'shared-memory threads',
  workers: 'isolated workers',
  serial: 'one thread',
};

export interface EnvironmentState {
  environment: Environment | null;
  /** How many cores the run's threads got. */
  capacity: Capacity | null;
  opening: boolean;
  /** Without it only what an author may not hide is left: why it is not the highest tier. */
  whole: boolean;
  settings: Settings;
}

export function environmentView({ environment, capacity, opening, whole, settings }: EnvironmentState) {
  if (!environment) {
    const words = opening ? 'Starting the engine …' : 'The engine is not running yet.';
    return whole ? html`<p class="environment" data-testid="environment" data-tier="">${words}</p>` : nothing;
  }
  const { tier, tier_reason } = environment;
  if (!whole && !tier_reason) return nothing;
  return html`<div class="environment" data-testid="environment" data-tier=${tier} data-in-frame=${environment.in_frame}>
    ${whole ? facts(environment, capacity) : nothing}
    ${
      tier_reason
        ? html`<p class="reason" data-testid="tier-reason">${tier_reason} ${wayOut(environment, settings)}</p>`
        : nothing
    }
  </div>`;
}

/** What changes with a run is last, so that it moves nothing else. */
function facts(environment: Environment, capacity: Capacity | null): TemplateResult {
  const { tier, n_threads, hardware_concurrency, simd, timer_resolution_ms, startup_ms, version } = environment;
  const startup = startup_ms.fetch_and_compile + startup_ms.start_pool;
  return html`<ul>
    <li class="tier">
      <strong>${tier}</strong> ${TIERS[tier]}${environment.in_frame ? ', in a frame of their own' : nothing}
    </li>
    <li>SIMD ${simd ? 'on' : 'off'}</li>
    <li>clock steps of ${duration(timer_resolution_ms)}</li>
    <li>started in ${duration(startup)}</li>
    <li>version ${version}</li>
    <li data-testid="environment-threads">
      ${
        capacity
          ? coresOfWords(capacity, hardware_concurrency)
          : `${counted(n_threads, 'thread')} on ${counted(hardware_concurrency, 'core')}`
      }
    </li>
  </ul>`;
}

/**
 * What can be done about it from here. Elsewhere: the same experiment where threads may well work, in a page of its own
 * site, on top. There: the host sends no headers, and a service worker can.
 */
function wayOut({ tier, cross_origin_isolated }: Environment, settings: Settings) {
  const home = siteHome();
  const there = home !== null && location.href.split(/[?#]/)[0] === home && window.top === window;
  if (tier === 'threads' || cross_origin_isolated || settings.tier !== 'auto' || home === null) return nothing;
  if (there) {
    return 'serviceWorker' in navigator
      ? html`<button
            type="button"
            class="small"
            data-testid="turn-threads-on"
            @click=${({ currentTarget }: Event) => turnThreadsOn(home, (currentTarget as Element).nextElementSibling)}
          >
            Turn threads on: reloads the page once
          </button>
          <output data-testid="threads-problem"></output>`
      : nothing;
  }
  const hash = toAddress(settings);
  const url = hash === '' ? home : `${home}#${hash}`;
  return html`<a href=${url} target="_blank" rel="noopener" data-testid="own-tab">Open it in its own tab.</a>`;
}

/** Where the page is not loaded anew, it is told why. */
function turnThreadsOn(home: string, told: Element | null): void {
  const script = document.createElement('script');
  script.src = scriptURL(new URL('breakeven-sw.js', home).href);
  script.addEventListener('breakeven-sw', (event) => {
    if (told) told.textContent = (event as CustomEvent<string>).detail;
  });
  script.addEventListener('error', () => {
    if (told) told.textContent = `${script.src} cannot be loaded.`;
  });
  document.head.append(script);
}
