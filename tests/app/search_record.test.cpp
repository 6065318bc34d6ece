#include "search_record.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
/// The first two are the same network: its operations are on another way through the cell.
constexpr std::array<const char*, 4> nb201_architectures{
    "|skip_connect~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|skip_connect~2|",
    "|skip_connect~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|skip_connect~2|",
    "|nor_conv_1x1~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|none~2|",
    "|none~0|+|none~0|none~1|+|avg_pool_3x3~0|none~1|none~2|"};

const SearchSpace& nb201() { return find_space("nb201"); }

KnownAccuracies known() {
  auto problem = accuracies_of({nb201_architectures[1], nb201_architectures[2]}, {70.0, 80.0});
  problem.test_accuracy = {69.0, 79.0};
  return {problem, nb201(), "known.csv"};
}

/// Four evaluations, the third the best.
SearchRecord filled(const KnownAccuracies* accuracies) {
  SearchRecord record(nb201(), {"a", "b"}, accuracies);
  const std::array values{nan, 1.5, 2.5, 1.5};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::array terminals{static_cast<double>(i), i == 1 ? nan : 0.25};
    record.add(nb201_architectures[i], terminals, values[i]);
  }
  return record;
}

TEST(SearchRecord, KnowsTheFirstOfTheBest) {
  SearchRecord record(nb201(), {}, nullptr);
  EXPECT_EQ(record.best(), std::nullopt);
  record.add(nb201_architectures[0], {}, infinity);
  EXPECT_EQ(record.best(), std::nullopt);
  record.add(nb201_architectures[2], {}, -1.0);
  record.add(nb201_architectures[3], {}, -1.0);
  EXPECT_EQ(record.best(), 1U);
}

TEST(SearchRecord, WritesItsHistory) {
  EXPECT_EQ(filled(nullptr).history_csv(), std::string("evaluation,arch,value,a,b\n") +           //
                                               "1," + nb201_architectures[0] + ",,0,0.25\n" +     //
                                               "2," + nb201_architectures[1] + ",1.5,1,\n" +      //
                                               "3," + nb201_architectures[2] + ",2.5,2,0.25\n" +  //
                                               "4," + nb201_architectures[3] + ",1.5,3,0.25\n");
  const auto accuracies = known();
  const auto text = filled(&accuracies).history_csv();
  EXPECT_THAT(text, HasSubstr("value,a,b,val_accuracy,test_accuracy\n"));
  EXPECT_THAT(text, HasSubstr(std::string(nb201_architectures[0]) + ",,0,0.25,70,69\n")) << "of the same network";
  EXPECT_THAT(text, HasSubstr(std::string(nb201_architectures[3]) + ",1.5,3,0.25,,\n"));
}

TEST(SearchRecord, QuotesTheArchitecturesOfSpacesThatHaveCommas) {
  const auto& space = find_space("tnb101-macro");
  SearchRecord record(space, {}, nullptr);
  record.add("(1, 2, 4, 2)", {}, 1.0);
  EXPECT_THAT(record.history_csv(), HasSubstr("1,\"(1, 2, 4, 2)\",1\n"));
}

TEST(SearchRecord, ListsTheBestFirstAndOfEqualsTheEarlier) {
  const auto record = filled(nullptr);
  EXPECT_THAT(record.best_list(3), testing::EndsWith(std::string("\n") + nb201_architectures[2] + "\n" +
                                                     nb201_architectures[1] + "\n" + nb201_architectures[3] + "\n"));
  const auto json = nlohmann::json::parse(record.best_json(9));
  ASSERT_EQ(json.size(), 3U) << "the first evaluation has no value";
  EXPECT_EQ(json[0], (nlohmann::json{{"architecture", nb201_architectures[2]}, {"value", 2.5}, {"evaluation", 3}}));
  const auto accuracies = known();
  const auto with_accuracies = nlohmann::json::parse(filled(&accuracies).best_json(3));
  EXPECT_EQ(with_accuracies[0]["val_accuracy"], 80.0);
  EXPECT_EQ(with_accuracies[1]["test_accuracy"], 69.0);
  EXPECT_TRUE(with_accuracies[2]["val_accuracy"].is_null());
}

TEST(SearchRecord, ReportsTheBestAndTheirAccuracies) {
  const auto plain = filled(nullptr).report(2);
  EXPECT_THAT(plain, AllOf(HasSubstr(nb201_architectures[2]), HasSubstr(nb201_architectures[1]),
                           Not(HasSubstr(nb201_architectures[3])), Not(HasSubstr("accuracy"))));
  const auto accuracies = known();
  auto record = filled(&accuracies);
  EXPECT_THAT(record.report(4),
              AllOf(HasSubstr("accuracy of the best: 80.00; 0 of 2 architectures have a higher one, up to 80.00"),
                    HasSubstr("unknown")));
  record.add("|none~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|", std::array{0.0, 0.0}, 9.0);
  EXPECT_THAT(record.report(1), HasSubstr("no accuracy is known of the best (known.csv)"));
  SearchRecord empty(nb201(), {}, nullptr);
  EXPECT_EQ(empty.report(5), "");
  empty.add(nb201_architectures[0], {}, nan);
  EXPECT_EQ(empty.report(5), "");
  EXPECT_THAT(empty.best_list(5), Not(HasSubstr("|")));
}

TEST(KnownAccuracies, AreOfTheSpaceAndThere) {
  EXPECT_THAT(input_error_of([] { KnownAccuracies(accuracies_of({"x"}, {1.0}), nb201(), "f.csv"); }),
              AllOf(HasSubstr("f.csv"), HasSubstr("row 1")));
  EXPECT_THAT(input_error_of([] { KnownAccuracies(accuracies_of({nb201_architectures[0]}, {}), nb201(), "f.csv"); }),
              HasSubstr("nb201/a"));
}

}  // namespace
}  // namespace zcmpi
