#include "keys.hpp"

#include <gtest/gtest.h>

#include <set>

namespace zcmpi {
namespace {

TEST(Keys, NoneIsThereTwice) {
  std::set<std::string> paths;
  for (const Key& key : configuration_keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
  }
}

TEST(Keys, EachTakesItsOwnDefault) {
  const Configuration defaults;
  for (const Key& key : configuration_keys()) {
    Configuration configuration;
    EXPECT_TRUE(key.set(configuration, key.get(defaults))) << key.path;
    EXPECT_EQ(key.get(configuration), key.get(defaults)) << key.path;
  }
}

TEST(Keys, EachIsDocumentedInASentence) {
  for (const Key& key : configuration_keys()) {
    EXPECT_TRUE(key.documentation.ends_with('.')) << key.path;
    EXPECT_FALSE(key.expected.empty()) << key.path;
  }
}

TEST(Keys, ThoseOfASectionLieTogether) {
  std::set<std::string> finished;
  std::string section;
  for (const Key& key : configuration_keys()) {
    if (section_of(key.path) != section) {
      finished.insert(section);
      section = section_of(key.path);
      EXPECT_FALSE(finished.contains(section)) << key.path;
    }
  }
}

/// A value of the same type that is not the default.
Value another_value(const Key& key, const Configuration& defaults) {
  const Value value = key.get(defaults);
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return *number + 1;
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return *number / 2 + 0.25;
  }
  if (const auto* flag = std::get_if<bool>(&value)) {
    return !*flag;
  }
  if (std::holds_alternative<std::vector<std::string>>(value)) {
    return std::vector<std::string>{"another"};
  }
  if (std::holds_alternative<std::map<std::string, double>>(value)) {
    return std::map<std::string, double>{{"another", 2.0}};
  }
  return value;
}

TEST(Keys, SettingOneChangesThatOneAlone) {
  const Configuration defaults;
  for (const Key& key : configuration_keys()) {
    Configuration configuration;
    const Value value = another_value(key, defaults);
    ASSERT_TRUE(key.set(configuration, value)) << key.path;
    for (const Key& other : configuration_keys()) {
      EXPECT_EQ(other.get(configuration), other.path == key.path ? value : other.get(defaults))
          << key.path << " changed " << other.path;
    }
  }
}

TEST(LiveKeys, NoneIsThereTwiceAndEachIsDocumentedInASentence) {
  std::set<std::string> paths;
  for (const LiveKey& key : live_keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_EQ(section_of(key.path), "live");
    EXPECT_TRUE(key.documentation.ends_with('.')) << key.path;
    EXPECT_FALSE(key.expected.empty()) << key.path;
  }
}

TEST(LiveKeys, EachTakesItsOwnDefaultUnlessItIsRequired) {
  for (const LiveKey& key : live_keys()) {
    LiveProblem live;
    const Value value = key.get(live);
    const bool is_empty_text = std::holds_alternative<std::string>(value) && std::get<std::string>(value).empty();
    if (key.is_required && is_empty_text) {
      EXPECT_ANY_THROW(if (!key.set(live, value)) throw 0) << key.path;
    } else {
      EXPECT_TRUE(key.set(live, value)) << key.path;
      EXPECT_EQ(key.get(live), value) << key.path;
    }
  }
}

TEST(TomlText, NumbersKeepTheirTypeAndAllDigits) {
  EXPECT_EQ(to_toml_text(std::int64_t{3}), "3");
  EXPECT_EQ(to_toml_text(3.0), "3.0");
  EXPECT_EQ(to_toml_text(0.1), "0.1");
  EXPECT_EQ(to_toml_text(1e300), "1e+300");
}

TEST(TomlText, TextIsQuoted) {
  EXPECT_EQ(to_toml_text(std::string("a \"b\" \\ \n")), R"("a \"b\" \\ \u000a")");
  EXPECT_EQ(to_toml_text(std::vector<std::string>{"a", "b"}), R"(["a", "b"])");
  EXPECT_EQ(to_toml_text(std::map<std::string, double>{}), "{}");
}

}  // namespace
}  // namespace zcmpi
