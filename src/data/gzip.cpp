#include "gzip.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

struct Closer {
  void operator()(gzFile file) const { gzclose(file); }
};

}  // namespace

std::string read_maybe_gzipped(const std::filesystem::path& path) {
  // zlib passes on what does not begin like a gzip file.
  const std::unique_ptr<std::remove_pointer_t<gzFile>, Closer> file(gzopen(path.c_str(), "rb"));
  if (file == nullptr) {
    throw InputError(fmt::format("cannot read the file ({}): {}", path.string(), std::strerror(errno)));
  }
  constexpr unsigned buffer_bytes = 1U << 20;
  gzbuffer(file.get(), buffer_bytes);
  std::string content;
  std::string piece(buffer_bytes, '\0');
  for (;;) {
    const int read = gzread(file.get(), piece.data(), buffer_bytes);
    // After each: that the file ended too early is said with the last bytes, and by zlib 1.3.2 only then.
    int code = Z_OK;
    const char* const reason = gzerror(file.get(), &code);
    if (read < 0 || code != Z_OK) {
      throw InputError(fmt::format("cannot decompress the file ({}): {}; it is damaged or was cut short", path.string(),
                                   code == Z_ERRNO ? std::strerror(errno) : reason));
    }
    if (read == 0) {
      return content;
    }
    content.append(piece, 0, static_cast<std::size_t>(read));
  }
}

}  // namespace zcmpi
