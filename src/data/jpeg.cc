#include "data/jpeg.h"

// jpeglib.h uses FILE without including it.
#include <cstdio>

#include <jpeglib.h>

#include <array>
#include <csetjmp>

#include "base/error.h"
#include "data/interleaved.h"
#include "data/limits.h"

namespace privquant {
namespace {

/// libjpeg reports errors by calling a function that must not return, and C++ exceptions must not cross
/// its C frames: so errors jump back to guarded(), the one place with setjmp.
struct Decoder {
  jpeg_decompress_struct info{};
  jpeg_error_mgr handlers{};
  std::jmp_buf escape{};
  std::array<char, JMSG_LENGTH_MAX> message{};

  Decoder() {
    info.err = jpeg_std_error(&handlers);
    info.client_data = this;
    handlers.error_exit = [](j_common_ptr common) { leave(common); };
    // A warning means missing or senseless data that libjpeg would paint grey: refuse it.
    handlers.emit_message = [](j_common_ptr common, int level) {
      if (level < 0) leave(common);
    };
  }
  ~Decoder() { jpeg_destroy_decompress(&info); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  [[noreturn]] static void leave(j_common_ptr common) {
    auto* self = static_cast<Decoder*>(common->client_data);
    common->err->format_message(common, self->message.data());
    std::longjmp(self->escape, 1);
  }
};

/// Runs a step that calls libjpeg; false if it failed. The step must own nothing that needs a destructor.
template <typename Step>
bool guarded(Decoder& decoder, const Step& step) {
  if (setjmp(decoder.escape) != 0) return false;
  step(decoder.info);
  return true;
}

}  // namespace

bool is_jpeg(Bytes bytes) {
  return bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

Picture decode_jpeg(Bytes bytes, const std::string& name) {
  Decoder decoder;
  const auto run = [&](const auto& step) {
    if (!guarded(decoder, step)) {
      fail(ErrorCode::file, "{} is a damaged JPEG file ({}); save it again", name, decoder.message.data());
    }
  };
  run([&](jpeg_decompress_struct& info) {
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes.data(), bytes.size());
    jpeg_read_header(&info, TRUE);
  });
  check_picture_size(name, decoder.info.image_height, decoder.info.image_width);
  const int channels = decoder.info.num_components;
  if (channels != 1 && channels != 3) {
    fail(ErrorCode::file, "{} is a JPEG file with {} channels; save it as grey or RGB", name, channels);
  }
  decoder.info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;

  const std::size_t row_bytes = std::size_t{decoder.info.image_width} * static_cast<std::size_t>(channels);
  std::vector<std::uint8_t> pixels(row_bytes * decoder.info.image_height);
  run([&](jpeg_decompress_struct& info) {
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = pixels.data() + row_bytes * info.output_scanline;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  });
  return from_interleaved(channels, static_cast<int>(decoder.info.image_height),
                          static_cast<int>(decoder.info.image_width), pixels);
}

}  // namespace privquant
