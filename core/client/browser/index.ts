/**
 * `parley/client` in a browser.
 */
import type { CreateParley, DevelopmentToken } from '../api.ts';
import { askDevelopmentToken } from '../development-token.ts';
import { ParleyClient } from '../parley.ts';
import { browserPlatform } from './browser-platform.ts';

export * from '../index.ts';
export { IndexedDbStore } from './indexed-db-store.ts';

export const createParley: CreateParley = (options) => new ParleyClient(browserPlatform, options, options.url ?? location.origin);

export const developmentToken: DevelopmentToken = (url, name) => askDevelopmentToken(fetch, url, name);
