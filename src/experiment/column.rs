//! Columns: the metrics that a run collects, each for one part of the system.

use crate::metric::catalogue::METRICS;
use crate::metric::definition::{Collection, Labels, Metric};
use crate::metric::objective::Objective;
use crate::metric::seen::Selection;
use crate::model::system::{PeakLoad, System};
use std::collections::BTreeMap;

/// A metric of a part of the system.
#[derive(Clone, Debug)]
pub struct Column {
    /// The metric.
    pub metric: &'static Metric,
    /// The part, as labels.
    pub labels: BTreeMap<String, String>,
    /// The part, as numbers.
    pub selection: Selection,
}

/// Parts that are shown one by one without being asked for; a larger system is shown as a whole, and where objectives ask.
pub const MOST_PARTS: usize = 64;

impl Column {
    /// Name in tables: `time_to_contain` or `time_to_contain{target=edge}`.
    pub fn name(&self) -> String {
        if self.labels.is_empty() {
            return self.metric.name.to_owned();
        }
        let labels: Vec<String> = self.labels.iter().map(|(label, part)| format!("{label}={part}")).collect();
        format!("{}{{{}}}", self.metric.name, labels.join(","))
    }
}

/// Every column of a run: all metrics for the whole, per target and per verifier, and whatever the objectives ask for.
pub fn columns(system: &System, objectives: &[&Objective]) -> Vec<Column> {
    let mut columns = Vec::new();
    for metric in METRICS {
        let limited = system.issuers.iter().any(|issuer| issuer.capacity.is_some());
        if metric.collected == Collection::WithCapacity && !limited {
            continue;
        }
        if metric.collected == Collection::WithPeakLoad && system.peak_load == PeakLoad::Ignored {
            continue;
        }
        if metric.collected == Collection::WhereMinted && system.attacker.mints.is_empty() {
            continue;
        }
        if metric.labels != Labels::Verifier {
            columns.push(Column { metric, labels: BTreeMap::new(), selection: Selection::default() });
        }
        columns.extend(parts(metric, system));
    }
    for objective in objectives {
        if let Some(column) = asked(objective, system)
            && position(&columns, &column).is_none()
        {
            columns.push(column);
        }
    }
    columns
}

/// Where the column that an objective speaks of stands; none if the objective names something unknown.
pub fn column_of(columns: &[Column], objective: &Objective, system: &System) -> Option<usize> {
    position(columns, &asked(objective, system)?)
}

fn position(columns: &[Column], column: &Column) -> Option<usize> {
    columns.iter().position(|other| other.metric.name == column.metric.name && other.labels == column.labels)
}

fn parts(metric: &'static Metric, system: &System) -> Vec<Column> {
    let one = |label: &str, name: &str, selection| Column {
        metric,
        labels: BTreeMap::from([(label.to_owned(), name.to_owned())]),
        selection,
    };
    match metric.labels {
        Labels::Target if (2..=MOST_PARTS).contains(&system.targets.len()) => {
            let targets = system.targets.iter().enumerate();
            targets
                .map(|(number, target)| {
                    one("target", &target.name, Selection { targets: Some(vec![number]), verifier: None })
                })
                .collect()
        }
        Labels::Verifier if system.verifiers.len() <= MOST_PARTS => {
            let verifiers = system.verifiers.iter().enumerate();
            verifiers
                .map(|(number, verifier)| {
                    one("verifier", &verifier.name, Selection { targets: None, verifier: Some(number) })
                })
                .collect()
        }
        Labels::None | Labels::Target | Labels::Verifier => Vec::new(),
    }
}

/// The column that an objective asks for.
fn asked(objective: &Objective, system: &System) -> Option<Column> {
    let metric = Metric::named(&objective.metric)?;
    let mut selection = Selection::default();
    let mut labels = BTreeMap::new();
    for label in &objective.labels {
        let targets = || {
            label
                .values
                .iter()
                .map(|name| system.targets.iter().position(|target| target.name == *name))
                .collect::<Option<Vec<_>>>()
        };
        match label.name.as_str() {
            "target" => selection.targets = Some(targets()?),
            "except" => {
                let left_out = targets()?;
                selection.targets =
                    Some((0..system.targets.len()).filter(|target| !left_out.contains(target)).collect());
            }
            "verifier" => {
                selection.verifier =
                    Some(system.verifiers.iter().position(|verifier| Some(&verifier.name) == label.values.first())?)
            }
            _ => return None,
        }
        labels.insert(label.name.clone(), label.value());
    }
    // In a system of one target, that target is the whole.
    if system.targets.len() == 1 && labels.keys().eq(["target"]) {
        (labels, selection) = (BTreeMap::new(), Selection::default());
    }
    Some(Column { metric, labels, selection })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::scenario;
    use super::*;
    use crate::scenario::load::Scenario;

    fn names(scenario: &Scenario) -> Vec<String> {
        columns_of(scenario).iter().map(Column::name).collect()
    }

    fn columns_of(scenario: &Scenario) -> Vec<Column> {
        let rules: Vec<&Objective> = scenario.objectives.iter().map(|aim| &aim.rule).collect();
        columns(&scenario.system, &rules)
    }

    #[test]
    fn a_metric_is_collected_for_the_whole_and_for_each_part_it_speaks_of() {
        let names = names(&scenario("[ p99(time_to_contain) <= 60s ]"));
        let of = |metric: &str| names.iter().filter(|name| name.split('{').next() == Some(metric)).collect::<Vec<_>>();
        assert_eq!(
            of("time_to_contain"),
            [
                "time_to_contain",
                "time_to_contain{target=edge}",
                "time_to_contain{target=ci}",
                "time_to_contain{target=gate}"
            ]
        );
        assert_eq!(of("time_to_detect"), ["time_to_detect"]);
        // It speaks of one verifier at a time, never of the whole.
        assert_eq!(of("propagation_delay").len(), 3);
        assert_eq!(of("issuer_peak_load").len(), 0, "it is not counted unless asked for");
    }

    #[test]
    fn an_objective_adds_the_column_that_it_asks_for_once() {
        let plain = names(&scenario("[ p99(time_to_contain) <= 60s ]"));
        let asking = "[ \"p99(time_to_contain{except=[gate, ci]}) <= 60s\", \"p50(time_to_contain{except=[gate, ci]}) <= 9s\", \"p50(time_to_contain{target=ci}) <= 9s\" ]";
        let scenario = scenario(asking);
        let found = names(&scenario);
        assert_eq!(found.len(), plain.len() + 1);
        assert_eq!(found.last().map(String::as_str), Some("time_to_contain{except=[gate, ci]}"));
        let columns = columns_of(&scenario);
        let at = |aim: usize| column_of(&columns, &scenario.objectives[aim].rule, &scenario.system);
        assert_eq!((at(0), at(1)), (Some(columns.len() - 1), Some(columns.len() - 1)));
        // All targets but the gate and ci: the edge alone, number 0; ci is number 1.
        assert_eq!(columns[columns.len() - 1].selection.targets, Some(vec![0]));
        assert_eq!(at(2).and_then(|at| columns[at].selection.targets.clone()), Some(vec![1]));
    }

    #[test]
    fn the_only_target_is_the_whole() {
        let mut scenario = scenario("[ \"p99(time_to_contain{target=edge}) <= 60s\" ]");
        scenario.system.targets.truncate(1);
        let columns = columns_of(&scenario);
        assert!(columns.iter().all(|column| !column.labels.contains_key("target")));
        let found = column_of(&columns, &scenario.objectives[0].rule, &scenario.system).map(|at| columns[at].name());
        assert_eq!(found.as_deref(), Some("time_to_contain"));
    }

    #[test]
    fn what_is_unknown_has_no_column() {
        let scenario = scenario("[ p99(time_to_contain) <= 60s ]");
        let columns = columns_of(&scenario);
        for unknown in [
            "p99(time_to_wait) <= 60s",
            "p99(time_to_contain{target=moon}) <= 60s",
            "p99(time_to_contain{colour=edge}) <= 60s",
            "p99(propagation_delay{verifier=moon}) <= 60s",
        ] {
            let rule = Objective::parse(unknown).expect("a rule");
            assert_eq!(column_of(&columns, &rule, &scenario.system), None, "{unknown}");
        }
    }

    #[test]
    fn a_large_system_is_shown_as_a_whole_and_where_objectives_ask() {
        let mut scenario = scenario("[ \"p99(time_to_contain{target=ci}) <= 60s\" ]");
        while scenario.system.targets.len() <= MOST_PARTS {
            let one = scenario.system.targets[0].clone();
            scenario.system.targets.push(one);
        }
        let columns = columns_of(&scenario);
        let labelled: Vec<String> =
            columns.iter().filter(|column| column.labels.contains_key("target")).map(Column::name).collect();
        assert_eq!(labelled, ["time_to_contain{target=ci}"]);
    }
}
