/**
 * `parley/client` in Node.
 */
import type { CreateParley, DevelopmentToken } from '../api.ts';
import { askDevelopmentToken } from '../development-token.ts';
import { ParleyClient } from '../parley.ts';
import { nodePlatform } from './node-platform.ts';

export * from '../index.ts';
export { FileStore } from './file-store.ts';

/** A server on this machine, as `npm start` runs it. */
const defaultUrl = 'http://127.0.0.1:8080';

export const createParley: CreateParley = (options) => new ParleyClient(nodePlatform, options, options.url ?? defaultUrl);

export const developmentToken: DevelopmentToken = (url, name) => askDevelopmentToken(fetch, url, name);
