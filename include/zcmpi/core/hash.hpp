/// \file
/// 64-bit digests (XXH3) of plain bytes: for detecting damage and telling inputs apart, not for security.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace zcmpi {

std::uint64_t digest_bytes(std::span<const std::byte> bytes);

inline std::uint64_t digest_text(std::string_view text) { return digest_bytes(std::as_bytes(std::span(text))); }

/// Sixteen hexadecimal digits.
std::string digest_to_text(std::uint64_t digest);

/// Digest of a sequence of pieces; equal to the digest of their concatenation.
class Digester {
 public:
  Digester();
  ~Digester();
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;

  void add_bytes(std::span<const std::byte> bytes);
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void add(std::span<const T> values) { add_bytes(std::as_bytes(values)); }
  template <class T>
    requires std::is_arithmetic_v<T>
  void add(T value) { add_bytes(std::as_bytes(std::span(&value, 1))); }
  /// The length goes in too, so that ("ab", "c") and ("a", "bc") differ.
  void add(std::string_view text);

  [[nodiscard]] std::uint64_t digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zcmpi
