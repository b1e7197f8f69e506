// The panels: each has a title, a description, a text for no data; numbers have a unit and thresholds.
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboards from '@grafana/grafana-foundation-sdk/dashboard';
import * as logPanel from '@grafana/grafana-foundation-sdk/logs';
import * as nodeGraph from '@grafana/grafana-foundation-sdk/nodegraph';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as tablePanel from '@grafana/grafana-foundation-sdk/table';
import * as timeSeries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Query } from './queries.ts';

interface Texts {
  title: string;
  description: string;
  noData: string;
  width: number; // of 24
  height?: number; // of 30 pixels each
  queries: Query[];
}

interface Numbers extends Texts {
  unit: string;
  decimals?: number;
  max?: number;
  /** The axis reaches at least this value. */
  softMax?: number;
  warnFrom?: number;
  badFrom?: number;
  badBelow?: number;
}

export type Panel = cog.Builder<dashboards.Panel> & { id(id: number): unknown };

export function graph(options: Numbers): Panel {
  const panel = withNumbers(new timeSeries.PanelBuilder(), options)
    .min(0)
    .fillOpacity(10)
    .showPoints(common.VisibilityMode.Never)
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi))
    .legend(new common.VizLegendOptionsBuilder().showLegend(true));
  if (options.max !== undefined) panel.max(options.max);
  if (options.softMax !== undefined) panel.axisSoftMax(options.softMax);
  if (options.badFrom !== undefined) {
    panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

/**
 * @param only names of the series that `badFrom` applies to
 * @param words shown instead of a value
 */
export function numbers(options: Numbers & { only?: string[]; words?: Record<string, string> }): Panel {
  const { only, words = {}, warnFrom, badFrom, ...others } = options;
  const panel = withNumbers(new stat.PanelBuilder(), only ? others : options)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .textMode(common.BigValueTextMode.ValueAndName)
    .graphMode(common.BigValueGraphMode.None)
    .text(new common.VizTextDisplayOptionsBuilder().titleSize(16).valueSize(28)) // legible at 1280 px, and no larger for a text
    .mappings(
      Object.entries(words).map(([value, text]) => ({
        type: dashboards.MappingType.ValueToText,
        options: { [value]: { text } },
      })),
    );
  for (const name of only ?? [])
    panel.overrideByName(name, [{ id: 'thresholds', value: thresholds({ warnFrom, badFrom }).build() }]);
  return panel;
}

interface Column {
  /** In pixels. Columns without a width share what is left. */
  width?: number;
  /** In pixels, for a column without a width; Grafana's default is 150. */
  minWidth?: number;
  unit?: string;
  link?: [title: string, url: string];
}

/** @param options.newest shows only the first rows, sorted by a column, newest first */
export function table(options: Texts & { columns?: Record<string, Column>; newest?: { by: string; rows: number } }): Panel {
  const panel = withTexts(new tablePanel.PanelBuilder(), options);
  for (const [column, { width, minWidth, unit, link }] of Object.entries(options.columns ?? {})) {
    const links = link ? [{ id: 'links', value: [{ title: link[0], url: link[1], targetBlank: false }] }] : [];
    const size = width ? { id: 'custom.width', value: width } : { id: 'custom.minWidth', value: minWidth };
    const units = unit ? [{ id: 'unit', value: unit }] : [];
    panel.overrideByName(column, [size, ...units, ...links]);
  }
  if (options.columns) {
    // Tempo returns one column more, which shows nothing but takes up 50 px.
    panel.withTransformation({ id: 'filterFieldsByName', options: { include: { names: Object.keys(options.columns) } } });
  }
  if (options.newest) {
    const { by, rows } = options.newest;
    panel.withTransformation({ id: 'sortBy', options: { sort: [{ field: by, desc: true }] } });
    panel.withTransformation({ id: 'limit', options: { limitField: rows } });
  }
  return panel;
}

export function serviceMap(options: Texts): Panel {
  return withTexts(new nodeGraph.PanelBuilder(), options);
}

export function logLines(options: Texts): Panel {
  return withTexts(new logPanel.PanelBuilder(), options).showTime(true).enableLogDetails(true); // they have the link to the trace
}

type NumbersBuilder = timeSeries.PanelBuilder | stat.PanelBuilder;
type AnyBuilder = NumbersBuilder | tablePanel.PanelBuilder | nodeGraph.PanelBuilder | logPanel.PanelBuilder;

function withTexts<Builder extends AnyBuilder>(panel: Builder, options: Texts): Builder {
  const { title, description, noData, width, height = 8, queries } = options;
  panel.title(title).description(description).noValue(noData).span(width).height(height);
  if (queries[0]) panel.datasource(queries[0].source);
  panel.targets(queries.map(({ target }, position) => target('ABCDEFGH'.charAt(position))));
  return panel;
}

function withNumbers<Builder extends NumbersBuilder>(panel: Builder, options: Numbers): Builder {
  withTexts(panel, options).unit(options.unit).thresholds(thresholds(options));
  if (options.decimals !== undefined) panel.decimals(options.decimals);
  return panel;
}

type Limits = Pick<Numbers, 'warnFrom' | 'badFrom' | 'badBelow'>;

function thresholds({ warnFrom, badFrom, badBelow }: Limits): dashboards.ThresholdsConfigBuilder {
  // Not green: the text for no data has this color.
  const steps: dashboards.Threshold[] = [{ value: null, color: 'text' }];
  if (badBelow !== undefined) steps.push({ value: 0, color: 'red' }, { value: badBelow, color: 'green' });
  if (warnFrom !== undefined) steps.push({ value: warnFrom, color: 'yellow' });
  if (badFrom !== undefined) steps.push({ value: badFrom, color: 'red' });
  return new dashboards.ThresholdsConfigBuilder().steps(steps);
}
