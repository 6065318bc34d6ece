#include "zcmpi/island/communicator.hpp"

#include <gmock/gmock.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using testing::HasSubstr;

class Ranks : public testing::Test {
 protected:
  const Communicator world{MPI_COMM_WORLD};
  const std::uint64_t size = static_cast<std::uint64_t>(world.size());
  const std::uint64_t rank = static_cast<std::uint64_t>(world.rank());
};

TEST(SerialCommunicator, IsOneRankWhoseCollectivesAreTrivial) {
  const Communicator serial;
  EXPECT_TRUE(serial.is_serial());
  EXPECT_EQ(serial.size(), 1);
  EXPECT_EQ(serial.rank(), 0);
  serial.barrier();
  EXPECT_EQ(serial.sum(std::uint64_t{5}), 5U);
  EXPECT_EQ(serial.sum(0.5), 0.5);
  EXPECT_EQ(serial.max(-1.0), -1.0);
  EXPECT_EQ(serial.broadcast("text"), "text");
  EXPECT_THAT(serial.gather("text"), testing::ElementsAre("text"));
}

TEST(SerialCommunicator, PassesExceptionsOnAsTheyAre) {
  const Communicator serial;
  EXPECT_THROW(serial.agree([] { throw std::length_error("long"); }), std::length_error);
}

TEST_F(Ranks, HaveTheNumbersOfTheirParent) {
  int expected_rank = 0;
  int expected_size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &expected_rank);
  MPI_Comm_size(MPI_COMM_WORLD, &expected_size);
  EXPECT_EQ(world.rank(), expected_rank);
  EXPECT_EQ(world.size(), expected_size);
  EXPECT_FALSE(world.is_serial());
}

TEST_F(Ranks, HaveACommunicatorOfTheirOwn) {
  int result = 0;
  MPI_Comm_compare(world.native(), MPI_COMM_WORLD, &result);
  EXPECT_EQ(result, MPI_CONGRUENT);
}

TEST_F(Ranks, KnowTheirPlaceOnTheNode) {
  // These tests run on one node.
  EXPECT_EQ(world.local_rank(), world.rank());
  EXPECT_EQ(world.local_size(), world.size());
}

TEST_F(Ranks, AddUpAndFindTheLargest) {
  EXPECT_EQ(world.sum(rank + 1), size * (size + 1) / 2);
  EXPECT_EQ(world.sum(0.5 * static_cast<double>(rank)), 0.25 * static_cast<double>(size * (size - 1)));
  EXPECT_EQ(world.max(static_cast<double>(rank)), static_cast<double>(size - 1));
}

TEST_F(Ranks, AllHearTheTextOfRank0) {
  EXPECT_EQ(world.broadcast(rank == 0 ? "from rank 0" : "something longer than that"), "from rank 0");
  EXPECT_EQ(world.broadcast(rank == 0 ? "" : "x"), "");
}

TEST_F(Ranks, GatherTheirTextsInOrderOnRank0) {
  const auto texts = world.gather(std::string(rank, 'x'));
  ASSERT_EQ(texts.size(), rank == 0 ? size : 0);
  for (std::size_t r = 0; r < texts.size(); ++r) {
    EXPECT_EQ(texts[r], std::string(r, 'x'));
  }
}

TEST_F(Ranks, GatherAndHearMoreThanAnMpiCountCanSay) {
  if (size != 2) {
    GTEST_SKIP() << "two ranks show it";
  }
  // Numbered throughout, so that a piece in another's place would be seen.
  constexpr std::size_t words = (std::size_t{1} << 28) + 3;
  const auto number = [](std::size_t word) { return std::uint64_t{word} * 0x9e3779b97f4a7c15U; };
  const auto is_right = [&](const std::string& received) {
    std::uint64_t value = 0;
    std::size_t right = 0;
    for (std::size_t word = 0; word < received.size() / sizeof value; ++word) {
      std::memcpy(&value, received.data() + word * sizeof value, sizeof value);
      right += value == number(word) ? 1U : 0U;
    }
    return right == words && received.size() == words * sizeof value;
  };
  std::string text(rank == 1 ? words * sizeof(std::uint64_t) : 0, '\0');
  for (std::size_t word = 0; word * sizeof(std::uint64_t) < text.size(); ++word) {
    const std::uint64_t value = number(word);
    std::memcpy(text.data() + word * sizeof value, &value, sizeof value);
  }
  auto texts = world.gather(rank == 0 ? "short" : std::move(text));
  if (rank == 0) {
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_EQ(texts[0], "short");
    EXPECT_TRUE(is_right(texts[1]));
  }
  EXPECT_TRUE(is_right(world.broadcast(rank == 0 ? std::move(texts[1]) : std::string())));
}

TEST_F(Ranks, GoOnTogetherWhenNoneFails) {
  std::uint64_t done = 0;
  world.agree([&] { done = 1; });
  EXPECT_EQ(world.sum(done), size);
}

TEST_F(Ranks, FailTogetherWithTheExceptionOfTheLowestThatFailed) {
  // All but rank 0 fail, each in its own way; alone, rank 0 does.
  const bool fails = size == 1 || rank > 0;
  const std::string lowest = size == 1 ? "rank 0" : "rank 1";
  try {
    world.agree([&] {
      if (fails) {
        throw std::runtime_error("failed on rank " + std::to_string(rank));
      }
    });
    FAIL() << "nothing was thrown";
  } catch (const InputError&) {
    FAIL() << "the input was not to blame";
  } catch (const Agreed<std::runtime_error>& error) {
    EXPECT_EQ(std::string(error.what()), "failed on " + lowest);
    EXPECT_EQ(error.failed_rank(), size == 1 ? 0 : 1);
  }
}

TEST_F(Ranks, AllBlameTheInputWhenTheLowestThatFailedDoes) {
  try {
    world.agree([&] {
      if (rank + 1 == size) {
        throw InputError("the file is empty (a.csv)");
      }
    });
    FAIL() << "nothing was thrown";
  } catch (const Agreed<InputError>& error) {
    EXPECT_THAT(error.what(), HasSubstr("a.csv"));
    EXPECT_EQ(error.failed_rank(), static_cast<int>(size) - 1);
  }
}

TEST_F(Ranks, SurviveWhatIsNoException) {
  if (size > 1) {
    EXPECT_THROW(world.agree([&] { throw 1; }), std::runtime_error);
  }
}

TEST_F(Ranks, KeepTheirCommunicatorWhenMoved) {
  Communicator first(MPI_COMM_WORLD);
  const MPI_Comm native = first.native();
  Communicator second(std::move(first));
  EXPECT_EQ(second.native(), native);
  Communicator third;
  third = std::move(second);
  EXPECT_EQ(third.native(), native);
  EXPECT_EQ(third.sum(std::uint64_t{1}), size);
}

}  // namespace
}  // namespace zcmpi
