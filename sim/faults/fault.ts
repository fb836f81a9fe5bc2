/**
 * What may go wrong in a run, as data: a fault says when, what, whom it hits and for how long; users, devices, tabs and nodes by index.
 *
 * Whoever adds a kind: draw it in draw.ts, do it in inject.ts, and give it a way to be made smaller there if it has a duration.
 */

export interface OfTab {
  readonly user: number;
  readonly device: number;
  readonly tab: number;
}

/** A fault waits for an instant with a write in flight, if one comes soon: that is where crashes hurt. */
export type Aim = 'write';

interface At {
  readonly atUs: number;
  readonly aim?: Aim;
}

export type TabFault = At &
  OfTab &
  (
    | { readonly kind: 'cut' }
    /** The device takes nothing for a while: a slow device for its node. */
    | { readonly kind: 'stall' | 'offline'; readonly forUs: number }
    /** Nothing passes in one direction, or in both; nothing is lost, and new connections hang. */
    | { readonly kind: 'clog'; readonly way: 'up' | 'down' | 'both'; readonly forUs: number }
    /** The process of the tab stands still (a laptop that is closed, a tab in the background). */
    | { readonly kind: 'freeze'; readonly forUs: number }
    /** `kept` of the whole device; all its tabs die if it is not `all`. */
    | { readonly kind: 'crashTab'; readonly kept: 'all' | 'nothing' | 'backup'; readonly restartUs: number }
  );

export type NodeFault = At & { readonly node: number } & (
    | { readonly kind: 'crashNode'; readonly restartUs: number }
    /** The process stands still (garbage collection, a moved virtual machine); nobody notices at once. */
    | { readonly kind: 'pauseNode'; readonly forUs: number }
    /** Each turn takes up to so much longer. */
    | { readonly kind: 'slowNode'; readonly forUs: number; readonly turnUs: number }
    /** The system's clock is set wrong by so much; the machines' clock follows slowly, and at once after a restart. */
    | { readonly kind: 'setClock'; readonly offMs: number }
    /** The link between edge and owner. */
    | { readonly kind: 'breakLink'; readonly forUs: number }
    /** It is stopped in good order, and begins again later. */
    | { readonly kind: 'drainNode'; readonly restartUs: number }
    /** The link to another node breaks; `there`, `back`: only frames that way are lost until the ends notice. */
    | { readonly kind: 'cutPeers'; readonly other: number; readonly way: 'there' | 'back' | 'both'; readonly forUs: number }
    /** The store is out of its reach. */
    | { readonly kind: 'cutStore'; readonly forUs: number }
  );

export type StoreFault = At &
  (
    | { readonly kind: 'storeOutage'; readonly forUs: number }
    | { readonly kind: 'diskFull'; readonly forUs: number }
    /** Writes take effect, but their answers are lost. */
    | { readonly kind: 'muteStore'; readonly forUs: number }
    /** One of four parts of the slots takes no writes and gives no reads. */
    | { readonly kind: 'slotsOutage'; readonly part: number; readonly forUs: number }
    /** Writes and reads take up to so much longer. */
    | { readonly kind: 'slowStore'; readonly forUs: number; readonly latencyUs: number }
    /** A copy of the whole store; and that copy takes the store's place, under a new storeId, while all nodes are down. */
    | { readonly kind: 'backupStore' }
    | { readonly kind: 'restoreStore'; readonly restartUs: number }
  );

/** All connections at once; every device's store is copied, for a later `crashTab` with `kept: 'backup'`. */
export type WorldFault = At &
  (
    | { readonly kind: 'cutAll' }
    | { readonly kind: 'backup' }
    /** One of the two leaves for good after its last words to the other (last-words.ts). */
    | { readonly kind: 'leave'; readonly user: number; readonly peer: number; readonly restartUs: number; readonly outageUs: number }
  );

export type Fault = TabFault | NodeFault | StoreFault | WorldFault;
export type FaultKind = Fault['kind'];
