// What holds in every search space, the documentation's example among them.
#include "zcmpi/nas/search_space.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "support.hpp"
#include "zcmpi/nas/graph_features.hpp"

namespace zcmpi {

std::unique_ptr<const SearchSpace> make_chain_space();

namespace {

using testing_support::chi_square_deviation;
using testing_support::message_of;
using testing_support::stream;

std::vector<const SearchSpace*> all_spaces() {
  static const auto chain = make_chain_space();
  std::vector<const SearchSpace*> spaces{chain.get()};
  for (const auto& space : search_spaces()) {
    spaces.push_back(space.get());
  }
  return spaces;
}

class EverySpace : public testing::TestWithParam<const SearchSpace*> {
 protected:
  /// Calls `check` for every architecture of a small space, and for a few thousand of a large one.
  template <class Check>
  void for_many(std::uint64_t at_most, const Check& check) const {
    if (space.size() <= at_most) {
      for (std::uint64_t i = 0; i < space.size(); ++i) {
        check(space.at(i));
      }
      return;
    }
    auto random = stream(1);
    for (std::uint64_t i = 0; i < at_most; ++i) {
      check(sample(space, random));
    }
  }

  const SearchSpace& space = *GetParam();
};

TEST_P(EverySpace, ReadsBackEachFormThatItPrints) {
  for_many(20'000, [&](const Architecture& architecture) {
    ASSERT_EQ(space.parse(space.print(architecture)), architecture);
    for (const TextForm& form : space.text_forms(architecture)) {
      ASSERT_EQ(space.parse(form.text), architecture) << form.name << ": " << form.text;
    }
  });
}

TEST_P(EverySpace, ReadsFormsWithBlanksAroundThem) {
  if (space.name() == "chain") {
    GTEST_SKIP() << "the documentation's example is shorter without";
  }
  for_many(100, [&](const Architecture& architecture) {
    for (const TextForm& form : space.text_forms(architecture)) {
      ASSERT_EQ(space.parse(" \t" + form.text + " \r\n"), architecture) << form.name << ": " << form.text;
    }
  });
}

TEST_P(EverySpace, PrintsWhatTablesUseAmongItsForms) {
  for_many(50, [&](const Architecture& architecture) {
    EXPECT_THAT(space.text_forms(architecture),
                testing::Contains(testing::Field(&TextForm::text, space.print(architecture))));
  });
}

TEST_P(EverySpace, ShowsAnExampleAsItPrintsIt) {
  EXPECT_EQ(space.print(space.parse(space.example())), space.example());
}

TEST_P(EverySpace, AcceptsTheGenesOfItsArchitectures) {
  for_many(20'000, [&](const Architecture& architecture) { ASSERT_NO_THROW(space.validate(architecture)); });
}

TEST_P(EverySpace, RefusesGenesOfAnotherLengthOrBeyondAllChoices) {
  Architecture architecture = space.at(0);
  architecture.genes.back() = 200;
  EXPECT_THROW(space.validate(architecture), InputError);
  architecture.genes.assign(40, 0);
  EXPECT_THROW(space.validate(architecture), InputError);
  EXPECT_THROW(space.validate({}), InputError);
}

TEST_P(EverySpace, SamplesTheSameFromTheSameStream) {
  auto one = stream(2);
  auto other = stream(2);
  auto another = stream(3);
  bool differs = false;
  for (int i = 0; i < 20; ++i) {
    const Architecture architecture = sample(space, one);
    EXPECT_EQ(architecture, sample(space, other));
    differs = differs || architecture != sample(space, another);
  }
  EXPECT_TRUE(differs);
}

TEST_P(EverySpace, HasSortedNeighboursOtherThanTheArchitectureItself) {
  for_many(300, [&](const Architecture& architecture) {
    const auto neighbours = space.neighbours(architecture);
    ASSERT_FALSE(neighbours.empty());
    EXPECT_TRUE(std::ranges::is_sorted(neighbours));
    EXPECT_EQ(std::ranges::adjacent_find(neighbours), neighbours.end());
    EXPECT_EQ(std::ranges::count(neighbours, architecture), 0);
    for (const Architecture& neighbour : neighbours) {
      ASSERT_NO_THROW(space.validate(neighbour));
    }
  });
}

TEST_P(EverySpace, HasEachArchitectureAmongTheNeighboursOfItsNeighbours) {
  for_many(40, [&](const Architecture& architecture) {
    for (const Architecture& neighbour : space.neighbours(architecture)) {
      const auto back = space.neighbours(neighbour);
      ASSERT_TRUE(std::ranges::binary_search(back, architecture))
          << space.print(neighbour) << " does not lead back to " << space.print(architecture);
    }
  });
}

TEST_P(EverySpace, MutatesToEachNeighbourAlike) {
  const Architecture architecture = space.parse(space.example());
  const auto neighbours = space.neighbours(architecture);
  std::vector<std::uint64_t> counts(neighbours.size(), 0);
  auto random = stream(5);
  for (std::size_t i = 0; i < 30 * neighbours.size(); ++i) {
    const auto found = std::ranges::find(neighbours, mutate(space, architecture, random));
    ASSERT_NE(found, neighbours.end());
    ++counts[static_cast<std::size_t>(found - neighbours.begin())];
  }
  EXPECT_LT(chi_square_deviation(counts), 5.0);
}

TEST_P(EverySpace, HasCanonicalFormsThatAreTheirOwn) {
  for_many(20'000, [&](const Architecture& architecture) {
    const Architecture canonical = space.canonical(architecture);
    ASSERT_NO_THROW(space.validate(canonical));
    ASSERT_EQ(space.canonical(canonical), canonical);
  });
}

TEST_P(EverySpace, NamesTheSameFeaturesForAll) {
  const auto names_of = [&](const Architecture& architecture) {
    std::vector<std::string> names;
    for (const Feature& feature : graph_features(space, architecture)) {
      names.push_back(feature.name);
    }
    return names;
  };
  const auto names = names_of(space.at(0));
  for_many(200, [&](const Architecture& architecture) { ASSERT_EQ(names_of(architecture), names); });
}

TEST_P(EverySpace, HasFeaturesWithUniqueNamesFitForTerminals) {
  std::set<std::string> names;
  for (const Feature& feature : graph_features(space, space.at(0))) {
    EXPECT_TRUE(names.insert(feature.name).second) << feature.name << " is there twice";
    EXPECT_TRUE(std::isalpha(static_cast<unsigned char>(feature.name.front()))) << feature.name;
    EXPECT_TRUE(std::ranges::all_of(feature.name, [](unsigned char c) { return std::isalnum(c) || c == '_'; }))
        << feature.name;
  }
}

TEST_P(EverySpace, HasTheFeaturesThatAllSpacesHave) {
  std::vector<std::string> names;
  for (const Feature& feature : graph_features(space, space.at(0))) {
    names.push_back(feature.name);
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"count_operations", "count_convolutions", "count_skips", "count_poolings",
                                            "most_operations_on_path", "shortest_path_of_operations",
                                            "most_convolutions_on_path", "trainable_layers", "paths",
                                            "unreachable_operations"}));
}

TEST_P(EverySpace, RefusesTextsThatAreNoArchitectureInOneLineThatNamesTheSpace) {
  for (const char* const text :
       {"", "(", "(1, 2", "()", "|", "a", "((((((((((((((((((((", "(1, 2, 3))", "-5", "'", "x(", "64--basic",
        "64-41414-", "[0, 0, 0, 0, 0, 99]", "\x80\xff", "(9999999999999999999999)"}) {
    const std::string message = message_of([&] { static_cast<void>(space.parse(text)); });
    EXPECT_THAT(message, testing::AllOf(testing::HasSubstr(std::string(space.name()) + " architecture"),
                                        testing::HasSubstr("expected"), testing::Not(testing::HasSubstr("\n"))))
        << "for the text " << text;
  }
}

TEST_P(EverySpace, SurvivesEveryDamageOfATextByOneCharacter) {
  const std::string example(space.example());
  for (std::size_t i = 0; i < example.size(); ++i) {
    for (const char c : {'0', '3', '9', '(', ')', ',', '~', '|', 'x', '\''}) {
      std::string damaged = example;
      damaged[i] = c;
      try {
        const Architecture architecture = space.parse(damaged);
        EXPECT_NO_THROW(space.validate(architecture)) << damaged;
      } catch (const InputError&) {
        // Refused in the way that it should be.
      }
    }
    EXPECT_ANY_THROW(static_cast<void>(space.parse(example.substr(0, i)))) << example.substr(0, i);
  }
}

std::string test_name(const testing::TestParamInfo<const SearchSpace*>& tested) {
  std::string name(tested.param->name());
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Spaces, EverySpace, testing::ValuesIn(all_spaces()), test_name);

/// Those that can be looked through from end to end in no time. What is too large has tests of its own.
std::vector<const SearchSpace*> small_spaces() {
  auto spaces = all_spaces();
  std::erase_if(spaces, [](const SearchSpace* space) { return space->size() > 20'000; });
  return spaces;
}

class SmallSpace : public testing::TestWithParam<const SearchSpace*> {
 protected:
  SmallSpace() {
    for (std::uint64_t i = 0; i < space.size(); ++i) {
      all.push_back(space.at(i));
    }
    std::ranges::sort(all);
  }

  /// The place of an architecture among all, or their number when it is none of them.
  [[nodiscard]] std::size_t find(const Architecture& architecture) const {
    const auto found = std::ranges::lower_bound(all, architecture);
    return found != all.end() && *found == architecture ? static_cast<std::size_t>(found - all.begin()) : all.size();
  }

  const SearchSpace& space = *GetParam();
  /// Sorted.
  std::vector<Architecture> all;
};

TEST_P(SmallSpace, NumbersEachArchitectureOnce) { EXPECT_EQ(std::ranges::adjacent_find(all), all.end()); }

TEST_P(SmallSpace, SamplesUniformly) {
  std::vector<std::uint64_t> counts(all.size(), 0);
  const std::size_t draws = std::max<std::size_t>(20'000, 2 * all.size());
  auto random = stream(4);
  for (std::size_t i = 0; i < draws; ++i) {
    const std::size_t place = find(sample(space, random));
    ASSERT_LT(place, all.size());
    ++counts[place];
  }
  EXPECT_LT(chi_square_deviation(counts), 5.0);
}

TEST_P(SmallSpace, IsConnectedByMutations) {
  std::vector<bool> reached(all.size(), false);
  std::vector<std::size_t> open{0};
  reached[0] = true;
  while (!open.empty()) {
    const std::size_t next = open.back();
    open.pop_back();
    for (const Architecture& neighbour : space.neighbours(all[next])) {
      const std::size_t place = find(neighbour);
      ASSERT_LT(place, all.size()) << space.print(neighbour) << " is not numbered";
      if (!reached[place]) {
        reached[place] = true;
        open.push_back(place);
      }
    }
  }
  EXPECT_EQ(std::ranges::count(reached, false), 0);
}

INSTANTIATE_TEST_SUITE_P(Spaces, SmallSpace, testing::ValuesIn(small_spaces()), test_name);

TEST(Architectures, AreOrderedLexicographically) {
  EXPECT_LT((Architecture{{1, 2}}), (Architecture{{1, 3}}));
  EXPECT_LT((Architecture{{1, 2}}), (Architecture{{1, 2, 0}}));
  EXPECT_LT((Architecture{}), (Architecture{{0}}));
  EXPECT_GT((Architecture{{2}}), (Architecture{{1, 9}}));
}

TEST(Architectures, HaveDigestsThatTellThemApart) {
  const SearchSpace& space = find_space("nb201");
  std::set<std::uint64_t> digests;
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    digests.insert(digest(space.at(i)));
  }
  EXPECT_EQ(digests.size(), space.size());
}

}  // namespace
}  // namespace zcmpi
