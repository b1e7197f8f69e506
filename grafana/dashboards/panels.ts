// What each panel has to say: a title, what it means, a sentence for when there is nothing; the unit of its numbers, and what is bad.
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
  warnFrom?: number; // worth a look from this value on
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
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    );
  if (options.max !== undefined) panel.max(options.max);
  if (options.badFrom !== undefined) {
    panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

/**
 * @param only names of series, to which `badFrom` counts alone
 * @param words what is shown instead of a value
 */
export function numbers(options: Numbers & { only?: string[]; words?: Record<string, string> }): Panel {
  const { only, words = {}, warnFrom, badFrom, ...others } = options;
  const panel = withNumbers(new stat.PanelBuilder(), only ? others : options)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .textMode(common.BigValueTextMode.ValueAndName)
    .graphMode(common.BigValueGraphMode.None)
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

/** @param links by column: what a cell's link is called, and where it leads */
export function table(options: Texts & { links?: Record<string, [title: string, url: string]> }): Panel {
  const panel = withTexts(new tablePanel.PanelBuilder(), options);
  for (const [column, [title, url]] of Object.entries(options.links ?? {})) {
    panel.overrideByName(column, [{ id: 'links', value: [{ title, url, targetBlank: false }] }]);
  }
  return panel;
}

export function serviceMap(options: Texts): Panel {
  return withTexts(new nodeGraph.PanelBuilder(), options);
}

export function logLines(options: Texts): Panel {
  return withTexts(new logPanel.PanelBuilder(), options)
    .showTime(true)
    .enableLogDetails(true) // where the link to the trace is
    .sortOrder(common.LogsSortOrder.Descending);
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
  const steps: dashboards.Threshold[] = [{ value: null, color: badBelow === undefined ? 'green' : 'red' }];
  if (badBelow !== undefined) steps.push({ value: badBelow, color: 'green' });
  if (warnFrom !== undefined) steps.push({ value: warnFrom, color: 'yellow' });
  if (badFrom !== undefined) steps.push({ value: badFrom, color: 'red' });
  return new dashboards.ThresholdsConfigBuilder().mode(dashboards.ThresholdsMode.Absolute).steps(steps);
}
