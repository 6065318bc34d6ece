/// \file
/// Numbers as text.
#pragma once

#include <array>
#include <charconv>
#include <string>

namespace zcmpi {

/// The shortest decimal text that reads back to the same bits.
template <class T>
std::string shortest_text(T value) {
  std::array<char, 64> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

}  // namespace zcmpi
