/// \file
/// The characters of a JSON file, read in blocks, with the literals NaN, Infinity and -Infinity that Python's json
/// module writes turned into null, because JSON has no such literals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "zcmpi/core/hash.hpp"

namespace zcmpi {

class JsonStream {
 public:
  /// Throws InputError when the file cannot be opened.
  explicit JsonStream(const std::filesystem::path& path);

  [[nodiscard]] bool at_end() const { return at_end_; }
  /// The current character; not at the end.
  [[nodiscard]] char current() const { return current_; }
  void advance();

  /// Bytes of the file up to and with the current character.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  /// Digest of the file; complete once the end was reached.
  [[nodiscard]] std::uint64_t digest() const { return digester_.digest(); }

 private:
  /// The next character of the file without taking it; end_of_file at the end.
  int peek();
  bool skip_literal(std::string_view literal);
  void follow_strings();
  void replace_literal();

  static constexpr int end_of_file = -1;

  std::ifstream file_;
  std::vector<char> block_;
  std::size_t block_size_ = 0;
  std::size_t block_position_ = 0;
  std::uint64_t position_ = 0;
  Digester digester_;
  /// What is left of the text that stands for a literal.
  std::string_view replacement_;
  char current_ = '\0';
  bool at_end_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// Makes a JsonStream a range of characters. All copies share the stream.
class JsonIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  JsonIterator() = default;
  explicit JsonIterator(JsonStream& stream) : stream_(&stream) {}

  char operator*() const { return stream_->current(); }
  JsonIterator& operator++() {
    stream_->advance();
    return *this;
  }
  JsonIterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  /// Iterators are equal when both are at the end: enough to see it.
  friend bool operator==(const JsonIterator& a, const JsonIterator& b) { return a.is_end() == b.is_end(); }

 private:
  [[nodiscard]] bool is_end() const { return stream_ == nullptr || stream_->at_end(); }

  JsonStream* stream_ = nullptr;
};

}  // namespace zcmpi
