//! The lines of a hatch, for whoever paints one: plain geometry, so that no painter has to clip.

use super::geometry::{Point, Rect};

/// Lines from lower left to upper right inside `rect` with corners of `radius`, `spacing` apart
/// along the upper edge. The same for all positions on screen, so that a hatch moves with its mark.
pub fn hatch_lines(rect: Rect, radius: f32, spacing: f32) -> impl Iterator<Item = [Point; 2]> {
    let Rect { x, y, width, height } = rect;
    let radius = radius.min(width / 2.0).min(height / 2.0);
    let n_lines = ((width + height) / spacing.max(0.5)) as usize;
    (1..=n_lines).filter_map(move |i| {
        // The line is dx + dy = along, from the upper left corner.
        let along = i as f32 * spacing.max(0.5);
        let low = Point::new((along - height).max(0.0), along.min(height));
        let high = Point::new(along.min(width), (along - width).max(0.0));
        let inside = |from: Point, to: Point| inside(from, to, width, height, radius);
        let (start, end) = (inside(low, high)?, inside(high, low)?);
        let place = |p: Point| Point::new(x + p.x, y + p.y);
        (start.x < end.x).then(|| [place(start), place(end)])
    })
}

/// The first point on the way from `from` to `to` that is not cut off by a round corner.
fn inside(from: Point, to: Point, width: f32, height: f32, radius: f32) -> Option<Point> {
    // Middle of the corner's circle nearest to `from`.
    let middle = Point::new(
        if from.x < width / 2.0 { radius } else { width - radius },
        if from.y < height / 2.0 { radius } else { height - radius },
    );
    let (dx, dy) = (from.x - middle.x, from.y - middle.y);
    let in_corner = (from.x < radius || from.x > width - radius)
        && (from.y < radius || from.y > height - radius);
    if !in_corner || dx * dx + dy * dy <= radius * radius {
        return Some(from);
    }
    let (ux, uy) = (to.x - from.x, to.y - from.y);
    let (a, b) = (ux * ux + uy * uy, dx * ux + dy * uy);
    let discriminant = b * b - a * (dx * dx + dy * dy - radius * radius);
    if a <= 0.0 || discriminant < 0.0 {
        return None;
    }
    let t = (-b - discriminant.sqrt()) / a;
    (0.0..=1.0).contains(&t).then(|| from.towards(to, t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hatched_circle_stays_within_itself() {
        let rect = Rect { x: 10.0, y: 20.0, width: 14.0, height: 14.0 };
        let lines: Vec<_> = hatch_lines(rect, 7.0, 4.0).collect();
        assert!(lines.len() >= 4, "{lines:?}");
        for point in lines.iter().flatten() {
            let far = (point.x - 17.0).hypot(point.y - 27.0);
            assert!(far <= 7.01, "{point:?} is {far} from the middle");
        }
    }

    #[test]
    fn a_hatch_of_nothing_is_nothing() {
        assert_eq!(hatch_lines(Rect::default(), 0.0, 4.0).count(), 0);
    }
}
