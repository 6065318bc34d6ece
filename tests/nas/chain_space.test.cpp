// The documentation's example of a search space.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "support.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/nas/graph_features.hpp"

namespace zcmpi {

std::unique_ptr<const SearchSpace> make_chain_space();

namespace {

TEST(TheExampleOfASpace, IsPrintedInTheDocumentationAsItIsCompiled) {
  const std::filesystem::path docs(ZCMPI_DOCS);
  const std::string code = read_file(docs / "examples" / "chain.cpp");
  EXPECT_THAT(read_file(docs / "search-spaces.md"), testing::HasSubstr("```cpp\n" + code + "```"));
}

TEST(TheExampleOfASpace, HasWhatTheDocumentationSays) {
  const auto space = make_chain_space();
  EXPECT_EQ(space->size(), 27U);
  EXPECT_EQ(space->neighbours(space->at(0)).size(), 6U);
  std::set<Architecture> classes;
  for (std::uint64_t i = 0; i < space->size(); ++i) {
    classes.insert(space->canonical(space->at(i)));
  }
  EXPECT_EQ(classes.size(), 15U) << "chains of 0 to 3 convolutions of two kinds";
}

TEST(TheExampleOfASpace, GetsGraphFeaturesFromItsGraph) {
  const auto space = make_chain_space();
  double convolutions = -1.0;
  for (const Feature& feature : graph_features(*space, space->parse("conv_3x3/skip/conv_1x1"))) {
    convolutions = feature.name == "most_convolutions_on_path" ? feature.value : convolutions;
  }
  EXPECT_EQ(convolutions, 2.0);
}

TEST(TheExampleOfASpace, RefusesAnUnknownOperation) {
  EXPECT_EQ(testing_support::message_of([] { static_cast<void>(make_chain_space()->parse("conv_3x3/pool/skip")); }),
            "unknown operation 'pool' (chain architecture 'conv_3x3/pool/skip'): expected conv_1x1, conv_3x3 or skip");
}

}  // namespace
}  // namespace zcmpi
