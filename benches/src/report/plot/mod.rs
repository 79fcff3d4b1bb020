//! Plots as SVG, with a background of their own so that they can be read on a light page and on a dark one.

mod scale;

use std::fmt::Write;

use scale::Scale;

use super::table::short;

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 610.0;
const TOP: f64 = 66.0;
const BOTTOM: f64 = 366.0;
const LEGEND: f64 = 630.0;
const LINE_HEIGHT: f64 = 20.0;

/// Colours that those can tell apart too who see few (Okabe and Ito).
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555"];

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

impl Series {
    fn colour(&self) -> &'static str {
        COLOURS[self.colour % COLOURS.len()]
    }

    fn dashes(&self) -> &'static str {
        if self.is_dashed { " stroke-dasharray=\"6 4\"" } else { "" }
    }
}

impl Plot {
    /// The picture.
    pub fn svg(&self) -> String {
        let scale = self.scale();
        let mut svg = frame(&self.title);
        self.draw_axes(scale, &mut svg);
        for (number, series) in self.series.iter().enumerate() {
            match self.shape {
                Shape::Lines => self.draw_line(series, scale, &mut svg),
                Shape::Bars => self.draw_bars(number, series, scale, &mut svg),
            }
            draw_legend(number, series, &mut svg);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn scale(&self) -> Scale {
        let values: Vec<_> = self.series.iter().flat_map(|series| series.values.iter().flatten().copied()).collect();
        match self.shape {
            Shape::Lines => Scale::logarithmic(&values),
            Shape::Bars => Scale::linear(&values),
        }
    }

    fn draw_axes(&self, scale: Scale, svg: &mut String) {
        for tick in scale.ticks() {
            let y = y(scale, tick);
            line(svg, (LEFT, y), (RIGHT, y), "#e3e3e3");
            text(svg, (LEFT - 8.0, y + 4.0), "end", &short(tick));
        }
        line(svg, (LEFT, BOTTOM), (RIGHT, BOTTOM), "#333333");
        for (number, name) in self.categories.iter().enumerate() {
            text(svg, (self.x(number), BOTTOM + 20.0), "middle", name);
        }
        text(svg, (f64::midpoint(LEFT, RIGHT), BOTTOM + 44.0), "middle", self.category);
        text(svg, (LEFT - 60.0, TOP - 18.0), "start", self.unit);
    }

    fn draw_line(&self, series: &Series, scale: Scale, svg: &mut String) {
        let present = series.values.iter().enumerate().filter_map(|(number, value)| Some((number, (*value)?)));
        let points: Vec<_> = present.map(|(number, value)| (self.x(number), y(scale, value))).collect();
        let path: String = points.iter().map(|(x, y)| format!("{x:.1},{y:.1} ")).collect();
        let (colour, dashes) = (series.colour(), series.dashes());
        // Writing to a string can't fail.
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>",
            path.trim_end()
        );
        for (x, y) in points {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>");
        }
    }

    fn draw_bars(&self, number: usize, series: &Series, scale: Scale, svg: &mut String) {
        let width = 0.8 * self.spacing() / as_number(self.series.len());
        for (category, value) in series.values.iter().enumerate() {
            let Some(value) = *value else { continue };
            let x = self.x(category) - 0.4 * self.spacing() + as_number(number) * width;
            let top = y(scale, value);
            let (height, colour) = (BOTTOM - top, series.colour());
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>",
                width * 0.92
            );
            text(svg, (x + width * 0.46, top - 5.0), "middle", &short(value));
        }
    }

    fn spacing(&self) -> f64 {
        (RIGHT - LEFT) / as_number(self.categories.len().max(1))
    }

    fn x(&self, category: usize) -> f64 {
        LEFT + self.spacing() * (as_number(category) + 0.5)
    }
}

fn y(scale: Scale, value: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * scale.position(value)
}

#[expect(clippy::cast_precision_loss, reason = "a handful")]
fn as_number(count: usize) -> f64 {
    count as f64
}

fn frame(title: &str) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
        height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\">\n\
        <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\" fill=\"#ffffff\" stroke=\"#cccccc\"/>\n"
    );
    let _ = writeln!(svg, "<text x=\"20\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>", escape(title));
    svg
}

fn draw_legend(number: usize, series: &Series, svg: &mut String) {
    let y = TOP + 10.0 + LINE_HEIGHT * as_number(number);
    let (colour, dashes, end) = (series.colour(), series.dashes(), LEGEND + 26.0);
    let _ = writeln!(
        svg,
        "<line x1=\"{LEGEND}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\" stroke=\"{colour}\" stroke-width=\"3\"{dashes}/>"
    );
    text(svg, (LEGEND + 34.0, y + 4.0), "start", &series.name);
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str) {
    let _ = writeln!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>");
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escape(text));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_missing_leaves_a_gap() {
        let series = Series { name: "a & b".to_owned(), colour: 0, is_dashed: true, values: vec![Some(1.0), None] };
        let categories = vec!["1".to_owned(), "32".to_owned()];
        let shape = Shape::Lines;
        let plot = Plot {
            title: "Title".to_owned(),
            unit: "ms",
            category: "clients",
            categories,
            shape,
            series: vec![series],
        };
        let svg = plot.svg();
        assert_eq!(svg.matches("<circle").count(), 1);
        assert!(svg.contains("a &amp; b") && svg.ends_with("</svg>\n"));
    }
}
