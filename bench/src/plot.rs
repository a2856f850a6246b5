//! Pictures of what was measured, as SVG.

use std::{ops::Range, path::Path};

use plotters::{
    chart::{ChartBuilder, SeriesLabelPosition},
    drawing::IntoDrawingArea,
    element::{Circle, PathElement},
    prelude::SVGBackend,
    series::LineSeries,
    style::{BLACK, Color, RGBColor, WHITE},
};

use crate::Outcome;

const SIZE: (u32, u32) = (760, 380);
/// Told apart by those who see no red and green, too (Okabe and Ito).
const COLOURS: [RGBColor; 4] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
];

/// What the horizontal axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Each step as much more.
    Linear,
    /// Each step ten times as many.
    Decades,
}

/// A line of points.
pub struct Line {
    /// What it is of.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// What stands at a picture.
pub struct Captions<'a> {
    /// Above it.
    pub title: &'a str,
    /// Below the horizontal axis.
    pub x: &'a str,
    /// Beside the vertical axis.
    pub y: &'a str,
}

/// The lines leave the names of four of them room above.
const ROOM: f64 = 1.4;

/// Draws lines into a file.
pub fn draw(file: &Path, captions: &Captions<'_>, scale: Scale, lines: &[Line]) -> Outcome<()> {
    let place = |x: f64| match scale {
        Scale::Linear => x,
        Scale::Decades => x.log10(),
    };
    let points = || lines.iter().flat_map(|line| &line.points);
    let xs = range(points().map(|(x, _)| place(*x)));
    let top = points().map(|(_, y)| *y).fold(0.0, f64::max);

    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(captions.title, ("sans-serif", 18))
        .margin(12)
        // Half of the last label of the x axis stands there.
        .margin_right(36)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(xs, 0.0..top * ROOM)?;
    let labels = match scale {
        Scale::Linear => 10,
        Scale::Decades => 4,
    };
    chart
        .configure_mesh()
        .x_labels(labels)
        .x_label_formatter(&|x| match scale {
            Scale::Linear => format!("{x:.0}"),
            Scale::Decades => format!("{:.0}", 10_f64.powf(*x)),
        })
        .x_desc(captions.x)
        .y_desc(captions.y)
        .light_line_style(WHITE)
        .draw()?;
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let points: Vec<_> = line.points.iter().map(|(x, y)| (place(*x), *y)).collect();
        chart
            .draw_series(LineSeries::new(points.clone(), colour.stroke_width(2)))?
            .label(&line.name)
            .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
        chart.draw_series(
            points
                .into_iter()
                .map(|point| Circle::new(point, 3, colour.filled())),
        )?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.2))
        .draw()?;
    Ok(root.present()?)
}

fn range(numbers: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
        (low.min(number), high.max(number))
    });
    low..high
}
