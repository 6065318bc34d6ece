#include "zcmpi/core/hash.hpp"

#include <fmt/format.h>
// Compiled here, for the processor that all is compiled for: short inputs, such as formulas, take a fraction of the
// time.
#define XXH_INLINE_ALL
#if defined(__AVX512F__)
// GCC 12 warns of its own AVX-512 intrinsics; these are AVX2's.
#define XXH_VECTOR 2
#endif
#include <xxhash.h>

#include <new>

namespace zcmpi {

std::uint64_t digest_bytes(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string digest_to_text(std::uint64_t digest) { return fmt::format("{:016x}", digest); }

struct Digester::State {
  State() : xxh(XXH3_createState()) {
    if (xxh == nullptr) {
      throw std::bad_alloc();
    }
    XXH3_64bits_reset(xxh);
  }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  XXH3_state_t* xxh;
};

Digester::Digester() : state_(std::make_unique<State>()) {}
Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::add_bytes(std::span<const std::byte> bytes) {
  XXH3_64bits_update(state_->xxh, bytes.data(), bytes.size());
}

void Digester::add(std::string_view text) {
  add(static_cast<std::uint64_t>(text.size()));
  add_bytes(std::as_bytes(std::span(text)));
}

std::uint64_t Digester::digest() const { return XXH3_64bits_digest(state_->xxh); }

}  // namespace zcmpi
