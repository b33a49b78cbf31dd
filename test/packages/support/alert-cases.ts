// What a case of an alert is: series that Prometheus has scraped, a moment, and what fires then.

export interface AlertCase {
  readonly alert: string;
  /** Completes the sentence "it fires…", or "it does not fire…". */
  readonly what: string;
  /** Values once a minute, in promtool's notation; `stale` is a scrape in which the series was no longer there. */
  readonly series: Readonly<Record<string, string>>;
  /** Minutes, hours: `15m`, `24h`. */
  readonly at: string;
  /** Labels besides severity of what fires; absent: nothing does. */
  readonly fires?: Readonly<Record<string, string>>;
  /** As the description shows it, where it does. */
  readonly value?: string;
}

/** A condition of the network `idc`, scraped from a replica. */
export function condition(type: string, status: string, reason: string, pod = 'operator-a'): string {
  const labels = { network: 'idc', type, status, reason, pod };
  return `hybridnetwork_condition${selector(labels)}`;
}

/** A metric of the network `idc`, scraped from a replica. */
export function ofNetwork(name: string, pod = 'operator-a'): string {
  return `${name}${selector({ network: 'idc', pod })}`;
}

export function selector(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}

export const IDC = { network: 'idc' };

/** Of a network, by the name of the metric. */
export const SUSPENDED = 'hybridnetwork_suspended';

export function ofAlert(alert: string, ...parts: readonly Omit<AlertCase, 'alert'>[]): readonly AlertCase[] {
  return parts.map((part) => ({ alert, ...part }));
}
