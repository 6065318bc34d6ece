#include "zcmpi/core/hash.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace zcmpi {
namespace {

TEST(Digest, OfNothingIsXxh3sKnownAnswer) { EXPECT_EQ(digest_text(""), 0x2d06800538d394c2ULL); }

TEST(Digest, OneFlippedBitChangesIt) {
  std::vector<std::byte> bytes(1000, std::byte{7});
  const auto before = digest_bytes(bytes);
  bytes[517] ^= std::byte{1};
  EXPECT_NE(digest_bytes(bytes), before);
}

TEST(Digester, EqualsTheDigestOfTheWhole) {
  const std::vector<double> values{1.0, 2.0, 3.0};
  Digester pieces;
  for (const double value : values) {
    pieces.add(value);
  }
  EXPECT_EQ(pieces.digest(), digest_bytes(std::as_bytes(std::span(values))));
}

TEST(Digester, TellsWhereOneTextEndsAndTheNextBegins) {
  Digester a;
  a.add(std::string_view("ab"));
  a.add(std::string_view("c"));
  Digester b;
  b.add(std::string_view("a"));
  b.add(std::string_view("bc"));
  EXPECT_NE(a.digest(), b.digest());
}

TEST(Digest, HasSixteenDigitsAsText) { EXPECT_EQ(digest_to_text(0xabc), "0000000000000abc"); }

}  // namespace
}  // namespace zcmpi
