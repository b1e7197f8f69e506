/**
 * Opens a trace in Explore. grafana/provisioning/ defines the uid of the data source, tempo/tempo.yaml the retention of 48 hours.
 * https://grafana.com/docs/grafana/latest/explore/get-started-with-explore/#generate-explore-urls-from-external-tools
 *
 * @returns an address with `{traceId}` in it
 */
export function grafanaLink(baseUrl: string): string {
  const tempo = { type: 'tempo', uid: 'tempo' };
  const queries = [{ refId: 'A', datasource: tempo, queryType: 'traceql', query: '{traceId}' }];
  const panes = { trace: { datasource: tempo.uid, queries, range: { from: 'now-48h', to: 'now' } } };
  const url = new URL('/explore', baseUrl);
  url.search = String(new URLSearchParams({ schemaVersion: '1', orgId: '1', panes: JSON.stringify(panes) }));
  return url.href.replace(encodeURIComponent('{traceId}'), '{traceId}');
}
