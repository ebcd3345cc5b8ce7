//! The programs that a graphics card runs for [`webgl`](super::webgl), in GLSL ES 3.00.

/// Puts the quad of an instance around its shape. The numbers are those of `scene::Instances`.
pub const SHAPE_VERTEX: &str = "#version 300 es
layout(location = 0) in vec4 place;
layout(location = 1) in vec4 more;
layout(location = 2) in uvec4 words;
uniform vec3 size;
out vec2 at;
flat out vec4 box;
flat out vec4 look;
flat out vec4 fill;
flat out vec4 stroke;
flat out uvec2 kind;
vec4 color(uint word) {
  vec4 parts = vec4(word >> 24u, (word >> 16u) & 255u, (word >> 8u) & 255u, word & 255u) / 255.0;
  return vec4(parts.rgb * parts.a, parts.a);
}
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  float margin = more.y * 0.5 + 1.5;
  vec2 low = place.xy, high = place.xy + place.zw;
  if (words.z == 1u) {
    // Along the line, so that a slanting one does not cover a large quad.
    vec2 way = place.zw - place.xy;
    float far = max(length(way), 0.0001);
    vec2 along = way / far, across = vec2(-along.y, along.x);
    vec2 offset = mix(vec2(-margin), vec2(far + margin, margin), corner);
    at = place.xy + along * offset.x + across * offset.y;
  } else {
    at = mix(low - margin, high + margin, corner);
  }
  box = place;
  look = more;
  fill = color(words.x);
  stroke = color(words.y);
  kind = words.zw;
  vec2 clip = at / size.xy * 2.0 - 1.0;
  gl_Position = vec4(clip.x, -clip.y, 0.0, 1.0);
}";

/// Colours a pixel by its distance from the shape.
pub const SHAPE_FRAGMENT: &str = "#version 300 es
precision highp float;
in vec2 at;
flat in vec4 box;
flat in vec4 look;
flat in vec4 fill;
flat in vec4 stroke;
flat in uvec2 kind;
uniform vec3 size;
out vec4 color;
float covered(float far) { return clamp(0.5 - far * size.z, 0.0, 1.0); }
float rounded(vec2 from, vec2 half_size, float radius) {
  vec2 outside = abs(from) - half_size + radius;
  return length(max(outside, 0.0)) + min(max(outside.x, outside.y), 0.0) - radius;
}
float dashed(float along, uint dash) {
  if (dash == 0u) return 1.0;
  float on = float(dash >> 8u), whole = on + float(dash & 255u);
  float place = mod(along, whole);
  return clamp((on - place) * size.z + 0.5, 0.0, 1.0)
    + clamp((place - whole) * size.z + 0.5, 0.0, 1.0);
}
float around(vec2 from, vec2 half_size) {
  if (abs(half_size.x - half_size.y) < 0.1 && look.x > half_size.x - 0.1)
    return atan(from.y, from.x) * half_size.x;
  vec2 far = abs(from) - half_size;
  return far.y > far.x ? from.x + half_size.x : from.y + half_size.y;
}
void main() {
  if (kind.x == 1u) {
    vec2 way = box.zw - box.xy;
    float long_ = max(length(way), 0.0001);
    float along = clamp(dot(at - box.xy, way) / long_, 0.0, long_);
    float far = length(at - box.xy - way / long_ * along) - look.y * 0.5;
    color = stroke * covered(far) * dashed(look.z + along, kind.y);
    return;
  }
  vec2 half_size = box.zw * 0.5;
  vec2 from = at - box.xy - half_size;
  float far = rounded(from, half_size, min(look.x, min(half_size.x, half_size.y)));
  if (kind.x == 2u) {
    float sum = at.x - box.x + at.y - box.y;
    float near = abs(mod(sum + look.z * 0.5, look.z) - look.z * 0.5) * 0.70710678;
    color = stroke * covered(near - look.y * 0.5) * covered(far);
    return;
  }
  vec4 inside = fill * covered(far);
  float ring = covered(abs(far) - look.y * 0.5);
  if (look.y <= 0.0) ring = 0.0;
  vec4 line = stroke * ring * dashed(around(from, half_size), kind.y);
  color = line + inside * (1.0 - line.a);
}";

/// A quad over everything.
pub const PIXEL_VERTEX: &str = "#version 300 es
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = vec2(corner.x, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}";

/// The pixels of a texture.
pub const PIXEL_FRAGMENT: &str = "#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D pixels;
out vec4 color;
void main() { color = vec4(texture(pixels, at).rgb, 1.0); }";
