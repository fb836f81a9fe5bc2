/**
 * The node's front: one uWebSockets app with the socket, the poll, the API, health, metrics and the pages.
 */

import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import uWS from 'uWebSockets.js';
import type { ApiRoute } from './api/api-route.ts';
import { answerApi } from './api/api-router.ts';
import { createOpenApi } from './api/openapi.ts';
import { apiRoutes } from './api/routes.ts';
import type { Origins } from './auth/origins.ts';
import type { TokenVerifier } from './auth/token-verifier.ts';
import type { EngineAccess, FailedRequests } from './engine-access.ts';
import { answerPreflight, checkOrigin } from './http/cors.ts';
import { Exchange } from './http/exchange.ts';
import type { Pages } from './http/pages.ts';
import { answerPoll } from './http/poll-route.ts';
import { Problem, sendProblem } from './http/problem.ts';
import { gatewayLimits } from './limits.ts';
import { listenAlone } from './listen.ts';
import { addSocketRoute } from './websocket.ts';

export interface AppOptions {
  readonly engine: EngineAccess;
  readonly origins: Origins;
  readonly verifier: TokenVerifier;
  readonly pages: Pages;
  readonly developmentSecret: Uint8Array | null;
  readonly adminSecret: string;
  readonly failedRequests: FailedRequests | null;
  readonly version: string;
  readonly connectionsMax: number;
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** An error nobody foresaw: to the log. */
  report(error: unknown): void;
}

export interface App {
  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Takes no new connections. */
  stopListening(): void;
  /** Ends all connections at once. */
  close(): void;
}

export function createApp(options: AppOptions): App {
  const app = uWS.App();
  let listening: us_listen_socket | null = null;
  addSocketRoute(app, options);
  addRoutes(app, options);
  return {
    async listen(host, port) {
      const found = await listenAlone(app, host, port);
      listening = found.socket;
      return found.port;
    },
    stopListening() {
      if (listening !== null) uWS.us_listen_socket_close(listening);
      listening = null;
    },
    close() {
      listening = null;
      app.close();
    },
  };
}

type Answer = (exchange: Exchange, body: Uint8Array | null) => Promise<void> | void;

function addRoutes(app: TemplatedApp, options: AppOptions): void {
  const { engine } = options;
  const routes = apiRoutes(options);
  const openApi = createOpenApi(routes, options.version);
  for (const route of routes) addApiRoute(app, route, options);
  on(app, options, 'get', '/v1/openapi.json', 0, (exchange) => exchange.sendJson('200 OK', openApi));
  on(app, options, 'post', '/v1/poll', gatewayLimits.messageBytesMax, (exchange, body) => {
    checkOrigin(exchange, options.origins);
    return answerPoll(exchange, body, options);
  });
  on(app, options, 'get', '/healthz', 0, (exchange) => exchange.sendJson('200 OK', { alive: true }));
  on(app, options, 'get', '/readyz', 0, async (exchange) => {
    if (engine.stopping) throw new Problem(503, 'goingAway', 'this node stops', 5_000);
    if (!(await engine.probe())) throw new Problem(503, 'unavailable', 'the store cannot write now', 1_000);
    exchange.sendJson('200 OK', { ready: true });
  });
  on(app, options, 'get', '/metrics', 0, async (exchange) => {
    const { type, text } = await options.metrics();
    exchange.send('200 OK', { 'content-type': type, 'cache-control': 'no-store' }, text);
  });
  addPreflight(app, options, routes);
  app.any('/*', (response, request) => {
    const exchange = new Exchange(response, request, 0);
    if ((exchange.method === 'GET' || exchange.method === 'HEAD') && options.pages.answer(exchange)) return;
    answerNothing(exchange, routes, options.pages);
  });
}

function addApiRoute(app: TemplatedApp, route: ApiRoute, options: AppOptions): void {
  const path = route.path.replace(/\{([a-z]+)\}/g, ':$1');
  const method = route.method === 'delete' ? 'del' : route.method;
  const bodyBytesMax = route.bodySchema === null ? 0 : gatewayLimits.bodyBytesMax;
  on(app, options, method, path, bodyBytesMax, (exchange, body) => {
    checkOrigin(exchange, options.origins);
    return answerApi(exchange, route, body, options);
  });
}

/** `bodyBytesMax` 0: the route has no body. */
function on(
  app: TemplatedApp,
  options: AppOptions,
  method: 'get' | 'post' | 'put' | 'patch' | 'del',
  path: string,
  bodyBytesMax: number,
  answer: Answer,
): void {
  const parameterCount = path.split(':').length - 1;
  app[method](path, (response: HttpResponse, request: HttpRequest) => {
    const exchange = new Exchange(response, request, parameterCount);
    if (bodyBytesMax === 0) run(exchange, null, answer, options);
    else exchange.readBody(bodyBytesMax, (body) => run(exchange, body, answer, options));
  });
}

function run(exchange: Exchange, body: Uint8Array | null, answer: Answer, options: AppOptions): void {
  const work = async (): Promise<void> => {
    try {
      await answer(exchange, body);
    } catch (error) {
      if (!(error instanceof Problem)) options.report(error);
      sendProblem(exchange, error instanceof Problem ? error : new Problem(500, 'internal', 'an error of this node; it was logged'));
    }
  };
  void work();
}

function addPreflight(app: TemplatedApp, options: AppOptions, routes: readonly ApiRoute[]): void {
  const methods = [...new Set([...routes.map((route) => route.method.toUpperCase()), 'OPTIONS'])].join(', ');
  app.options('/v1/*', (response, request) => {
    const exchange = new Exchange(response, request, 0);
    run(
      exchange,
      null,
      () => {
        checkOrigin(exchange, options.origins);
        answerPreflight(exchange, methods);
      },
      options,
    );
  });
}

function answerNothing(exchange: Exchange, routes: readonly ApiRoute[], pages: Pages): void {
  const methods = routes.filter((route) => matches(route.path, exchange.path)).map((route) => route.method.toUpperCase());
  if (methods.length > 0) {
    exchange.addAnswerHeader('allow', methods.join(', '));
    sendProblem(exchange, new Problem(405, 'methodNotAllowed', `this path takes ${methods.join(', ')}`));
  } else if (exchange.path === '/' && pages.count === 0) {
    sendProblem(exchange, new Problem(404, 'notFound', 'the pages are not built: npm run build'));
  } else {
    sendProblem(exchange, new Problem(404, 'notFound', 'nothing is here; see /v1/openapi.json'));
  }
}

function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replace(/\{[a-z]+\}/g, '[^/]+')}$`).test(path);
}
