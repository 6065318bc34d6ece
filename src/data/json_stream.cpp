#include "json_stream.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t block_bytes = 65536;

}  // namespace

JsonStream::JsonStream(const std::filesystem::path& path) : file_(path, std::ios::binary), block_(block_bytes) {
  if (!file_) {
    throw InputError(fmt::format("cannot read the file ({}): {}", path.string(), std::strerror(errno)));
  }
  advance();
}

int JsonStream::peek() {
  if (block_position_ == block_size_) {
    file_.read(block_.data(), static_cast<std::streamsize>(block_.size()));
    block_size_ = static_cast<std::size_t>(file_.gcount());
    block_position_ = 0;
    digester_.add_bytes(std::as_bytes(std::span(block_.data(), block_size_)));
  }
  return block_size_ == 0 ? end_of_file : static_cast<unsigned char>(block_[block_position_]);
}

void JsonStream::advance() {
  if (!replacement_.empty()) {
    current_ = replacement_[0];
    replacement_.remove_prefix(1);
    return;
  }
  const int next = peek();
  at_end_ = next == end_of_file;
  if (at_end_) {
    return;
  }
  ++block_position_;
  ++position_;
  current_ = static_cast<char>(next);
  follow_strings();
  if (!in_string_) {
    replace_literal();
  }
}

void JsonStream::follow_strings() {
  if (escaped_) {
    escaped_ = false;
  } else if (current_ == '"') {
    in_string_ = !in_string_;
  } else {
    escaped_ = in_string_ && current_ == '\\';
  }
}

/// Skips `literal` as far as it agrees with the file; true when all of it does.
bool JsonStream::skip_literal(std::string_view literal) {
  while (!literal.empty() && peek() == literal[0]) {
    ++block_position_;
    ++position_;
    literal.remove_prefix(1);
  }
  return literal.empty();
}

void JsonStream::replace_literal() {
  const bool starts_one = current_ == 'N' || current_ == 'I' || (current_ == '-' && peek() == 'I');
  if (!starts_one) {
    return;
  }
  const std::string_view rest = current_ == 'N' ? "aN" : (current_ == 'I' ? "nfinity" : "Infinity");
  if (skip_literal(rest)) {
    current_ = 'n';
    replacement_ = "ull";
  } else {
    // A literal that breaks off stays an error: this letter begins nothing in JSON.
    current_ = 'N';
  }
}

}  // namespace zcmpi
