// What both dashboards have in common.
import { type Dashboard, DashboardBuilder, DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel } from './panels.ts';

interface Options {
  uid: string;
  title: string;
  description: string;
  /** The other dashboard: what its link is called, and its uid. */
  other: [title: string, uid: string];
  /** From left to right, and then down. The first has the id 1. */
  panels: Panel[];
}

export function dashboard({ uid, title, description, other, panels }: Options): Dashboard {
  const link = new DashboardLinkBuilder(other[0]).url(`/d/${other[1]}`).icon('dashboard').keepTime(true);
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .readonly()
    .time({ from: 'now-15m', to: 'now' })
    .refresh('10s')
    .link({ build: () => ({ ...link.build(), placement: undefined }) }); // above the panels, and not in a menu
  panels.forEach((panel, position) => {
    panel.id(position + 1);
    builder.withPanel(panel);
  });
  return builder.build();
}
