//! Paints a scene with WebGL 2: all shapes in one call, as instances of one quad. Texts are not
//! its business.
//!
//! An accelerator, never a need: where the browser draws without a graphics card it would be
//! slower than a canvas, so that such a renderer is refused unless it is asked for.

use js_sys::{Float32Array, Object, Reflect, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlBuffer, WebGlProgram, WebGlShader,
    WebGlTexture, WebGlUniformLocation, WebGlVertexArrayObject,
};

use crate::scene::{Instances, Raster, Scene};

use super::shaders;

/// Marks in the names of renderers that draw with the processor.
const SOFTWARE: [&str; 5] = ["swiftshader", "llvmpipe", "softpipe", "software", "basic render"];

/// A canvas that WebGL paints on.
#[derive(Debug)]
pub struct Accelerated {
    canvas: HtmlCanvasElement,
    gl: Gl,
    shapes: Program,
    pixels: Program,
    vertices: WebGlVertexArrayObject,
    floats: WebGlBuffer,
    words: WebGlBuffer,
    texture: WebGlTexture,
    /// Version of the raster in the texture.
    textured: Option<u64>,
}

#[derive(Debug)]
struct Program {
    program: WebGlProgram,
    size: Option<WebGlUniformLocation>,
}

impl Accelerated {
    /// Takes `canvas`, if the browser has WebGL 2 and, unless `any` will do, hardware for it.
    pub fn new(canvas: HtmlCanvasElement, any: bool) -> Option<Self> {
        let options = Object::new();
        // Asked for hardware, a browser has nothing to warn of.
        let hardware = ("failIfMajorPerformanceCaveat", !any);
        let plain = [("alpha", false), ("antialias", false), ("depth", false)];
        for (name, value) in plain.into_iter().chain([hardware]) {
            Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_bool(value)).ok()?;
        }
        // So that an export finds the picture there.
        Reflect::set(&options, &"preserveDrawingBuffer".into(), &JsValue::TRUE).ok()?;
        let context = canvas.get_context_with_context_options("webgl2", &options).ok()??;
        let gl: Gl = context.dyn_into().ok()?;
        if !any && is_software(&gl) {
            return None;
        }
        let shapes = Program::new(&gl, shaders::SHAPE_VERTEX, shaders::SHAPE_FRAGMENT)?;
        let pixels = Program::new(&gl, shaders::PIXEL_VERTEX, shaders::PIXEL_FRAGMENT)?;
        let vertices = gl.create_vertex_array()?;
        let (floats, words) = (gl.create_buffer()?, gl.create_buffer()?);
        let texture = gl.create_texture()?;
        let made =
            Self { canvas, gl, shapes, pixels, vertices, floats, words, texture, textured: None };
        made.describe();
        Some(made)
    }

    /// Paints `scene`.
    pub fn paint(&mut self, scene: &Scene) {
        let width = (scene.width * scene.pixel_ratio).round() as u32;
        let height = (scene.height * scene.pixel_ratio).round() as u32;
        if self.canvas.width() != width || self.canvas.height() != height {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
        }
        let gl = &self.gl;
        gl.viewport(0, 0, width as i32, height as i32);
        let [r, g, b, _] = scene.ground.bytes().map(|byte| f32::from(byte) / 255.0);
        gl.clear_color(r, g, b, 1.0);
        gl.clear(Gl::COLOR_BUFFER_BIT);
        if let Some(raster) = &scene.raster {
            self.put(raster);
        }
        self.draw(scene);
    }

    /// Where the shader finds the numbers of an instance.
    fn describe(&self) {
        let gl = &self.gl;
        gl.bind_vertex_array(Some(&self.vertices));
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.floats));
        let stride = (Instances::FLOATS * 4) as i32;
        for (place, offset) in [(0, 0), (1, 16)] {
            gl.enable_vertex_attrib_array(place);
            gl.vertex_attrib_pointer_with_i32(place, 4, Gl::FLOAT, false, stride, offset);
            gl.vertex_attrib_divisor(place, 1);
        }
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.words));
        gl.enable_vertex_attrib_array(2);
        let stride = (Instances::WORDS * 4) as i32;
        gl.vertex_attrib_i_pointer_with_i32(2, 4, Gl::UNSIGNED_INT, stride, 0);
        gl.vertex_attrib_divisor(2, 1);
        gl.bind_vertex_array(None);
        gl.enable(Gl::BLEND);
        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
    }

    fn draw(&self, scene: &Scene) {
        let rows = Instances::of(scene);
        if rows.is_empty() {
            return;
        }
        let gl = &self.gl;
        gl.use_program(Some(&self.shapes.program));
        gl.uniform3f(self.shapes.size.as_ref(), scene.width, scene.height, scene.pixel_ratio);
        gl.bind_vertex_array(Some(&self.vertices));
        let floats = Float32Array::from(&rows.floats[..]);
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.floats));
        gl.buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, &floats, Gl::STREAM_DRAW);
        let words = Uint32Array::from(&rows.words[..]);
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.words));
        gl.buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, &words, Gl::STREAM_DRAW);
        gl.draw_arrays_instanced(Gl::TRIANGLE_STRIP, 0, 4, rows.len() as i32);
        gl.bind_vertex_array(None);
    }

    fn put(&mut self, raster: &Raster) {
        let gl = &self.gl;
        gl.use_program(Some(&self.pixels.program));
        gl.bind_texture(Gl::TEXTURE_2D, Some(&self.texture));
        if self.textured.replace(raster.version) != Some(raster.version) {
            for wrap in [Gl::TEXTURE_WRAP_S, Gl::TEXTURE_WRAP_T] {
                gl.tex_parameteri(Gl::TEXTURE_2D, wrap, Gl::CLAMP_TO_EDGE as i32);
            }
            for filter in [Gl::TEXTURE_MIN_FILTER, Gl::TEXTURE_MAG_FILTER] {
                gl.tex_parameteri(Gl::TEXTURE_2D, filter, Gl::NEAREST as i32);
            }
            let (width, height) = (raster.width as i32, raster.height as i32);
            // A texture larger than the hardware takes stays as it was.
            let _ = gl.tex_image_2d_with_i32_and_i32_and_i32_and_format_and_type_and_opt_u8_array(
                Gl::TEXTURE_2D,
                0,
                Gl::RGBA as i32,
                width,
                height,
                0,
                Gl::RGBA,
                Gl::UNSIGNED_BYTE,
                Some(&raster.rgba),
            );
        }
        gl.draw_arrays(Gl::TRIANGLE_STRIP, 0, 4);
    }
}

impl Program {
    fn new(gl: &Gl, vertex: &str, fragment: &str) -> Option<Self> {
        let program = gl.create_program()?;
        for (kind, source) in [(Gl::VERTEX_SHADER, vertex), (Gl::FRAGMENT_SHADER, fragment)] {
            gl.attach_shader(&program, &compiled(gl, kind, source)?);
        }
        gl.link_program(&program);
        let linked = gl.get_program_parameter(&program, Gl::LINK_STATUS).as_bool();
        (linked == Some(true))
            .then(|| Self { size: gl.get_uniform_location(&program, "size"), program })
    }
}

fn compiled(gl: &Gl, kind: u32, source: &str) -> Option<WebGlShader> {
    let shader = gl.create_shader(kind)?;
    gl.shader_source(&shader, source);
    gl.compile_shader(&shader);
    let done = gl.get_shader_parameter(&shader, Gl::COMPILE_STATUS).as_bool();
    (done == Some(true)).then_some(shader)
}

/// Whether the processor draws, as far as the browser tells.
fn is_software(gl: &Gl) -> bool {
    // UNMASKED_RENDERER_WEBGL of WEBGL_debug_renderer_info; Firefox has it in RENDERER.
    const UNMASKED_RENDERER: u32 = 0x9246;
    let has_name = gl.get_extension("WEBGL_debug_renderer_info").ok().flatten().is_some();
    let which = if has_name { UNMASKED_RENDERER } else { Gl::RENDERER };
    let name = gl.get_parameter(which).ok().and_then(|name| name.as_string());
    name.is_none_or(|name| SOFTWARE.iter().any(|mark| name.to_lowercase().contains(mark)))
}
