//! Columns: the metrics that a run collects, each for one part of the system.

use crate::metric::catalogue::{Labels, METRICS, Metric, Selection};
use crate::metric::objective::Objective;
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
        if metric.name == "issuer_peak_load" && system.peak_load == PeakLoad::Ignored {
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
        labels.insert(label.name.clone(), label.values.join("+"));
    }
    // In a system of one target, that target is the whole.
    if system.targets.len() == 1 && labels.keys().eq(["target"]) {
        (labels, selection) = (BTreeMap::new(), Selection::default());
    }
    Some(Column { metric, labels, selection })
}
