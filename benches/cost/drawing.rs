//! The curves as a picture: one panel each, both axes logarithmic, so that a cost that grows with size is a straight line.

use super::Point;
use plotters::coord::Shift;
use plotters::prelude::*;
use revdrill::report::png;
use std::error::Error;
use std::path::Path;

const PANEL: (u32, u32) = (380, 300);
const EVERY_REQUEST: RGBColor = RGBColor(0xb5, 0x4a, 0x1f);
const SKIPPING: RGBColor = RGBColor(0x1f, 0x5f, 0x8b);

/// What a curve found.
pub struct Panel {
    /// What grows.
    pub name: &'static str,
    /// Request by request.
    pub every_request: Vec<Point>,
    /// By skipping.
    pub skipping: Vec<Point>,
}

/// Draws the panels, three in a row.
///
/// # Errors
/// Where the picture cannot be written.
pub fn draw(panels: &[Panel], path: &Path) -> Result<(), Box<dyn Error>> {
    let rows = panels.len().div_ceil(3) as u32;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (3 * PANEL.0, rows * PANEL.1)).into_drawing_area();
        area.fill(&WHITE)?;
        let parts = area.split_evenly((rows as usize, 3));
        for (panel, part) in panels.iter().zip(&parts) {
            draw_one(panel, part)?;
        }
        parts.get(panels.len()).map_or(Ok(()), name_colours)?;
        area.present()?;
    }
    std::fs::write(path, png::render(&svg)?)?;
    Ok(())
}

/// What the lines are, in the place after the last panel.
fn name_colours(area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn Error>> {
    let lines = [
        ("every request is played", EVERY_REQUEST),
        ("by skipping", SKIPPING),
        ("time a trial, both axes logarithmic", BLACK),
    ];
    for ((text, colour), row) in lines.into_iter().zip(0..) {
        area.draw(&Text::new(text, (70, 100 + 28 * row), ("sans-serif", 16).into_font().color(&colour)))?;
    }
    Ok(())
}

fn draw_one(panel: &Panel, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn Error>> {
    let all = || panel.every_request.iter().chain(&panel.skipping);
    let last = all().map(|(size, _)| *size).fold(1.0, f64::max);
    let first = all().map(|(size, _)| *size).fold(f64::INFINITY, f64::min);
    let (low, high) = all().fold((f64::INFINITY, 0.0_f64), |(low, high), (_, time)| (low.min(*time), high.max(*time)));
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .caption(panel.name, ("sans-serif", 15))
        .x_label_area_size(28)
        .y_label_area_size(62)
        .build_cartesian_2d((first..last).log_scale(), (low / 2.0..high * 2.0).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(0xdd, 0xdd, 0xdd))
        .x_labels(5)
        .y_labels(5)
        .x_label_formatter(&|size| shown_count(*size))
        .y_label_formatter(&|time| shown_time(*time))
        .label_style(("sans-serif", 12))
        .draw()?;
    for (points, colour) in [(&panel.every_request, EVERY_REQUEST), (&panel.skipping, SKIPPING)] {
        chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
    }
    Ok(())
}

fn shown_count(count: f64) -> String {
    match count {
        count if count >= 1e6 => format!("{:.0}M", count / 1e6),
        count if count >= 1e3 => format!("{:.0}k", count / 1e3),
        _ => format!("{count:.0}"),
    }
}

fn shown_time(nanos: f64) -> String {
    match nanos {
        nanos if nanos >= 1e9 => format!("{:.0} s", nanos / 1e9),
        nanos if nanos >= 1e6 => format!("{:.0} ms", nanos / 1e6),
        nanos if nanos >= 1e3 => format!("{:.0} us", nanos / 1e3),
        _ => format!("{nanos:.0} ns"),
    }
}
