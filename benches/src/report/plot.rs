//! Plots as SVG, with a background of their own so that they can be read on a light page and on a dark one.

use anyhow::{Error, Result};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::table::short;

const SIZE: (u32, u32) = (860, 440);
/// Where the legend begins.
const LEGEND: u32 = 640;
const LINE_HEIGHT: i32 = 20;
const FONT: (&str, i32) = ("sans-serif", 12);
const TITLE: (&str, i32) = ("sans-serif", 15);

/// Colours that those can tell apart too who see few (after Okabe and Ito, and Tol).
const COLOURS: [RGBColor; 13] = [
    RGBColor(0, 114, 178),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(85, 85, 85),
    RGBColor(204, 121, 167),
    RGBColor(136, 34, 85),
    RGBColor(51, 34, 136),
    RGBColor(153, 153, 51),
    RGBColor(68, 170, 153),
    RGBColor(170, 68, 153),
    RGBColor(0, 0, 0),
];

/// How values are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Lines over a logarithmic axis.
    Lines,
    /// Bars from zero.
    Bars,
}

/// Values over a few categories.
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What the values are.
    pub unit: &'static str,
    /// What the categories are.
    pub category: &'static str,
    /// The categories' names.
    pub categories: Vec<String>,
    /// How the values are shown.
    pub shape: Shape,
    /// What is compared.
    pub series: Vec<Series>,
}

/// A value for each category.
pub struct Series {
    /// What it is.
    pub name: String,
    /// Which of the colours it has.
    pub colour: usize,
    /// Whether its line is broken.
    pub is_dashed: bool,
    /// In the categories' order; none where there is none.
    pub values: Vec<Option<f64>>,
}

/// What is drawn on.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

impl Series {
    fn style(&self) -> ShapeStyle {
        COLOURS[self.colour % COLOURS.len()].stroke_width(2)
    }

    /// The values that there are, each over its category.
    fn points(&self) -> impl Iterator<Item = (f64, f64)> + Clone + '_ {
        self.values.iter().enumerate().filter_map(|(number, value)| Some((as_number(number), (*value)?)))
    }
}

impl Plot {
    /// The picture.
    pub fn svg(&self) -> Result<String> {
        let mut svg = String::new();
        self.draw(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area())?;
        Ok(svg)
    }

    fn draw(&self, area: &Area<'_>) -> Result<()> {
        area.fill(&WHITE).map_err(drawing)?;
        let (chart, legend) = area.split_horizontally(LEGEND);
        let values = self.series.iter().flat_map(|series| series.points().map(|(_, value)| value));
        let (least, most) = values.fold((f64::INFINITY, 0.0_f64), |(least, most), v| (least.min(v), most.max(v)));
        match self.shape {
            Shape::Lines if most > 0.0 => self.on_axes(&chart, (least * 0.8..most * 1.25).log_scale())?,
            Shape::Lines | Shape::Bars => self.on_axes(&chart, 0.0..most.max(1.0) * 1.1)?,
        }
        self.series.iter().zip(0..).try_for_each(|(series, number)| draw_legend(&legend, number, series))
    }

    fn on_axes<Y>(&self, area: &Area<'_>, values: Y) -> Result<()>
    where
        Y: AsRangedCoord<Value = f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let count = self.categories.len();
        let name = |x: &f64| self.category_at(*x);
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, TITLE)
            .margin(14)
            .x_label_area_size(44)
            .y_label_area_size(68)
            .build_cartesian_2d(-0.5..as_number(count) - 0.5, values)
            .map_err(drawing)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().light_line_style(TRANSPARENT).label_style(FONT).axis_desc_style(FONT);
        mesh.x_labels(count).x_label_formatter(&name).x_desc(self.category);
        mesh.y_labels(8).y_label_formatter(&|value| short(*value)).y_desc(self.unit);
        mesh.draw().map_err(drawing)?;
        for (number, series) in self.series.iter().enumerate() {
            match self.shape {
                Shape::Lines if series.is_dashed => {
                    let line = DashedLineSeries::new(series.points(), 6, 4, series.style());
                    chart.draw_series(line).map_err(drawing)?;
                }
                Shape::Lines => {
                    chart.draw_series(LineSeries::new(series.points(), series.style())).map_err(drawing)?;
                }
                Shape::Bars => {
                    chart.draw_series(self.bars(number, series)).map_err(drawing)?;
                    let labels = series.points().map(|(x, value)| {
                        let style = TextStyle::from(FONT).pos(Pos::new(HPos::Center, VPos::Bottom));
                        Text::new(short(value), (self.bar(number, x), value), style)
                    });
                    chart.draw_series(labels).map_err(drawing)?;
                }
            }
            if self.shape == Shape::Lines {
                let dots = series.points().map(|point| Circle::new(point, 3, series.style().filled()));
                chart.draw_series(dots).map_err(drawing)?;
            }
        }
        Ok(())
    }

    fn category_at(&self, x: f64) -> String {
        let near = |(number, _): &(usize, &String)| (as_number(*number) - x).abs() < 0.01;
        self.categories.iter().enumerate().find(near).map(|(_, name)| name.clone()).unwrap_or_default()
    }

    fn bars(&self, number: usize, series: &Series) -> impl Iterator<Item = Rectangle<(f64, f64)>> {
        let half = 0.45 * self.bar_width();
        let bar = move |middle: f64, value| [(middle - half, 0.0), (middle + half, value)];
        let style = series.style().filled();
        series.points().map(move |(x, value)| Rectangle::new(bar(self.bar(number, x), value), style))
    }

    /// The middle of the bar of the series of this number, over a category.
    fn bar(&self, number: usize, category: f64) -> f64 {
        category - 0.4 + (as_number(number) + 0.5) * self.bar_width()
    }

    fn bar_width(&self) -> f64 {
        0.8 / as_number(self.series.len().max(1))
    }
}

fn draw_legend(area: &Area<'_>, number: i32, series: &Series) -> Result<()> {
    let y = 50 + LINE_HEIGHT * number;
    let end = if series.is_dashed { 12 } else { 26 };
    area.draw(&PathElement::new([(0, y), (end, y)], series.style())).map_err(drawing)?;
    if series.is_dashed {
        area.draw(&PathElement::new([(18, y), (26, y)], series.style())).map_err(drawing)?;
    }
    let style = TextStyle::from(FONT).pos(Pos::new(HPos::Left, VPos::Center));
    area.draw(&Text::new(series.name.clone(), (34, y), style)).map_err(drawing)
}

#[expect(clippy::cast_precision_loss, reason = "a handful")]
fn as_number(count: usize) -> f64 {
    count as f64
}

/// What goes wrong with drawing lives no longer than the picture.
fn drawing(error: impl std::error::Error) -> Error {
    Error::msg(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(shape: Shape, values: Vec<Option<f64>>) -> Plot {
        let series = Series { name: "a & b".to_owned(), colour: 0, is_dashed: true, values };
        let categories = vec!["1".to_owned(), "32".to_owned()];
        Plot { title: "Title".to_owned(), unit: "ms", category: "clients", categories, shape, series: vec![series] }
    }

    #[test]
    fn a_value_that_is_missing_leaves_a_gap() {
        let svg = plot(Shape::Lines, vec![Some(1.0), None]).svg().expect("a picture");
        assert_eq!(svg.matches("<circle").count(), 1);
        assert!(svg.contains("a &amp; b") && svg.contains("Title"));
    }

    #[test]
    fn without_values_there_is_a_picture_all_the_same() {
        for shape in [Shape::Lines, Shape::Bars] {
            assert!(plot(shape, vec![None, None]).svg().is_ok());
        }
    }
}
