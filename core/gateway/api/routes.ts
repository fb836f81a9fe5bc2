/** Every route of the HTTP API, in the order of the document. */
import type { ApiRoute } from './api-route.ts';
import { blockRoute, listRoute } from './conversation-routes.ts';
import { failedListRoute, failedReplayRoute } from './failed-routes.ts';
import { deleteRoute, editRoute, historyRoute, sendRoute } from './message-routes.ts';
import { type NodeRouteOptions, nodeRoutes } from './node-routes.ts';
import { createUserRoute, lookupRoute, meRoute, userRoute } from './user-routes.ts';

export function apiRoutes(options: NodeRouteOptions): readonly ApiRoute[] {
  return [
    sendRoute,
    historyRoute,
    editRoute,
    deleteRoute,
    listRoute,
    blockRoute,
    meRoute,
    lookupRoute,
    userRoute,
    createUserRoute,
    failedListRoute,
    failedReplayRoute,
    ...nodeRoutes(options),
  ];
}
