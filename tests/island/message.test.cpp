#include "island/message.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <string>

#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

using testing::HasSubstr;

constexpr PopulationShape shape{5, 2};
constexpr std::size_t migrants = 3;

/// `count` members of 1, 2, ... nodes with values of their own.
Population make_population(std::size_t count, std::uint32_t which) {
  RandomStream random({3, 0, 0, Purpose::test, which});
  Population population(migrants, shape);
  for (std::size_t i = 0; i < count; ++i) {
    Formula formula;
    for (std::size_t k = 0; k <= i; ++k) {
      formula.push_back(Node::make_constant(static_cast<float>(random.normal())));
    }
    population.add(formula);
    population.scores(i)[0] = random.normal();
    population.scores(i)[1] = random.normal();
    population.set_fitness(i, random.normal());
  }
  return population;
}

class Message : public testing::Test {
 protected:
  Message() : buffer(message_capacity(edges.size(), migrants, shape)), scratch(migrants, shape) {
    buffer.resize(encode_message(
        generation, edges, [&](std::uint32_t island) -> const Population& { return emigrants[island]; }, buffer));
  }

  void decode(std::uint32_t expected_generation, const std::vector<Edge>& expected_edges) {
    received.clear();
    decode_message(buffer, 4, expected_generation, expected_edges, scratch,
                   [&](const Edge& edge, const Population& population) { received.emplace_back(edge, population); });
  }

  /// The message of the exception that decoding throws.
  std::string refusal(std::uint32_t expected_generation, const std::vector<Edge>& expected_edges) {
    try {
      decode(expected_generation, expected_edges);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "accepted";
  }

  static constexpr std::uint32_t generation = 20;
  const std::vector<Edge> edges{{0, 2}, {0, 3}, {1, 2}};
  const std::vector<Population> emigrants{make_population(migrants, 0), make_population(1, 1)};
  std::vector<std::byte> buffer;
  Population scratch;
  std::vector<std::pair<Edge, Population>> received;
};

TEST_F(Message, BringsTheMigrantsOfAllEdgesUnchanged) {
  decode(generation, edges);
  ASSERT_EQ(received.size(), edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    EXPECT_EQ(received[i].first, edges[i]);
    EXPECT_EQ(received[i].second, emigrants[edges[i].source]);
  }
}

TEST_F(Message, BringsParcelsWithoutMembers) {
  const Population nobody(migrants, shape);
  buffer.assign(message_capacity(1, migrants, shape), std::byte{});
  buffer.resize(encode_message(
      1, std::span(edges).first(1), [&](std::uint32_t) -> const Population& { return nobody; }, buffer));
  decode(1, {edges[0]});
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].second.size(), 0U);
}

TEST_F(Message, FillsItsCapacityWithTheLongestFormulas) {
  Population longest(migrants, shape);
  for (std::size_t i = 0; i < migrants; ++i) {
    longest.add(Formula(shape.max_nodes, Node::make_constant(1.0F)));
  }
  buffer.assign(message_capacity(2, migrants, shape), std::byte{});
  EXPECT_EQ(encode_message(
                1, std::span(edges).first(2), [&](std::uint32_t) -> const Population& { return longest; }, buffer),
            buffer.size());
}

TEST_F(Message, OfAnotherGenerationIsRefusedWithSenderAndBothGenerations) {
  EXPECT_THAT(refusal(21, edges), testing::AllOf(HasSubstr("from rank 4"), HasSubstr("generation 20, expected 21")));
}

TEST_F(Message, WithAnotherNumberOfParcelsIsRefused) {
  EXPECT_THAT(refusal(generation, {edges[0]}), HasSubstr("3 parcels, expected 1"));
}

TEST_F(Message, WithOtherEdgesIsRefused) {
  EXPECT_THAT(refusal(generation, {{0, 2}, {0, 7}, {1, 2}}), HasSubstr("migrants of island 0 for 3, expected 0 for 7"));
}

TEST_F(Message, ThatWasCutIsRefused) {
  buffer.pop_back();
  EXPECT_THAT(refusal(generation, edges), HasSubstr("bytes of migrants, expected"));
  buffer.resize(10);
  EXPECT_THAT(refusal(generation, edges), HasSubstr("10 bytes are too few for a header"));
  buffer.clear();
  EXPECT_THAT(refusal(generation, edges), HasSubstr("0 bytes are too few for a header"));
}

TEST_F(Message, WithAnyByteChangedIsRefused) {
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    buffer[i] ^= std::byte{0x10};
    EXPECT_NE(refusal(generation, edges), "accepted") << "byte " << i;
    buffer[i] ^= std::byte{0x10};
  }
}

TEST_F(Message, WithAChangedFormulaNamesBothDigests) {
  buffer.back() ^= std::byte{1};
  EXPECT_THAT(refusal(generation, edges), testing::ContainsRegex("digest [0-9a-f]{16}, expected [0-9a-f]{16}"));
}

TEST(PackedPopulation, UnpacksToTheSameMembers) {
  const Population population = make_population(migrants, 5);
  Population unpacked(migrants, shape);
  unpack_population(pack_population(population), unpacked);
  EXPECT_EQ(unpacked, population);
}

TEST(PackedPopulation, IsRefusedWhereItHasNoRoom) {
  Population small(1, shape);
  EXPECT_THROW(unpack_population(pack_population(make_population(migrants, 5)), small), std::runtime_error);
}

}  // namespace
}  // namespace zcmpi
