/** The client's connections: one to each service of each server, made when first used, forgotten when it ends. */
import { Connection } from './connection.ts';
import { HBaseError, type ServerAddress } from './errors.ts';
import type { Answer, Call } from './frames.ts';
import type { HBaseLimits } from './limits.ts';

export type Service = 'ClientService' | 'AdminService' | 'MasterService' | 'ClientMetaService';

export class Connections {
  private readonly limits: HBaseLimits;
  private readonly user: string;
  private readonly open = new Map<string, Connection>();
  private isClosed = false;

  constructor(user: string, limits: HBaseLimits) {
    this.user = user;
    this.limits = limits;
  }

  /** One attempt. @throws HBaseError */
  call(server: ServerAddress, service: Service, call: Call, timeoutMs: number): Promise<Answer> {
    if (this.isClosed) return Promise.reject(new HBaseError('this client is closed', { nextStep: 'final', applied: 'no' }));
    return new Promise((fulfil, reject) => {
      this.to(server, service).call(call, timeoutMs, (error, answer) => (error === null ? fulfil(answer) : reject(error)));
    });
  }

  close(): void {
    this.isClosed = true;
    for (const connection of [...this.open.values()]) connection.close();
  }

  private to(server: ServerAddress, service: Service): Connection {
    const key = `${service} ${server.host}:${server.port}`;
    const known = this.open.get(key);
    if (known !== undefined) return known;
    const made = new Connection(server, service, this.user, this.limits, () => {
      if (this.open.get(key) === made) this.open.delete(key);
    });
    this.open.set(key, made);
    return made;
  }
}
