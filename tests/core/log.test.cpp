#include "zcmpi/core/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

/// What `action` writes to standard error.
template <class Action>
std::string terminal_text(Action action) {
  testing::internal::CaptureStderr();
  action();
  flush_log();
  return testing::internal::GetCapturedStderr();
}

void log_one_of_each() {
  log_info("a");
  log_warning("b");
  log_error("c");
}

class Log : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override {
    close_log_file();
    init_log({LogLevel::off, 0});
    std::filesystem::remove_all(folder);
  }

  /// The file's messages, each on a line, without what comes before them.
  static std::string messages_in(const std::filesystem::path& path) {
    constexpr std::size_t prefix = std::string_view("2024-02-03 12:00:00 I ").size();
    const auto text = read_file(path);
    std::string messages;
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = text.find('\n', begin);
      if (end == std::string::npos || end < begin + prefix) {
        ADD_FAILURE() << "no line of a log: " << text.substr(begin);
        break;
      }
      messages += text.substr(begin + prefix, end + 1 - begin - prefix);
      begin = end + 1;
    }
    return messages;
  }

  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("zcmpi_log_" + std::to_string(::getpid()));
  const std::filesystem::path file = folder / "log.txt";
};

TEST_F(Log, AProcessIsSilentUntilTheLogIsInitialised) {
  // In a process of its own, where no other test has initialised the log.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto log_everything = [this] {
    log_one_of_each();
    open_log_file(file);
    log_one_of_each();
    flush_log();
    close_log_file();
    const int files = std::filesystem::exists(file) ? 1 : 0;
    std::filesystem::remove_all(folder);
    _exit(files);
  };
  EXPECT_EXIT(log_everything(), testing::ExitedWithCode(0), testing::Eq(std::string()));
}

TEST_F(Log, AMessageIsOneLineThatSaysWhetherItIsAWarningOrAnError) {
  init_log({});
  EXPECT_EQ(terminal_text(log_one_of_each), "a\nwarning: b\nerror: c\n");
}

TEST_F(Log, StandardOutputIsLeftToResults) {
  init_log({});
  testing::internal::CaptureStdout();
  EXPECT_THAT(terminal_text(log_one_of_each), Not(IsEmpty()));
  EXPECT_THAT(testing::internal::GetCapturedStdout(), IsEmpty());
}

TEST_F(Log, AMessageIsNoFormat) {
  init_log({});
  EXPECT_EQ(terminal_text([] { log_info("{} 100% {0:x} %v"); }), "{} 100% {0:x} %v\n");
  EXPECT_EQ(terminal_text([] { log_warning("{}"); }), "warning: {}\n");
}

TEST_F(Log, ALevelHidesWhatIsBelowIt) {
  const auto text_at = [](LogLevel level) {
    init_log({level, 0});
    return terminal_text(log_one_of_each);
  };
  EXPECT_EQ(text_at(LogLevel::debug), "a\nwarning: b\nerror: c\n");
  EXPECT_EQ(text_at(LogLevel::info), "a\nwarning: b\nerror: c\n");
  EXPECT_EQ(text_at(LogLevel::warning), "warning: b\nerror: c\n");
  EXPECT_EQ(text_at(LogLevel::error), "error: c\n");
  EXPECT_EQ(text_at(LogLevel::off), "");
}

TEST_F(Log, OtherRanksLogWarningsAndErrorsOnlyWithTheirRankInFront) {
  init_log({LogLevel::info, 3});
  EXPECT_EQ(terminal_text(log_one_of_each), "[rank 3] warning: b\n[rank 3] error: c\n");
}

TEST_F(Log, OtherRanksHideMoreWhenAskedTo) {
  init_log({LogLevel::error, 3});
  EXPECT_EQ(terminal_text(log_one_of_each), "[rank 3] error: c\n");
  init_log({LogLevel::off, 3});
  EXPECT_EQ(terminal_text(log_one_of_each), "");
}

TEST_F(Log, TheTerminalShowsWhatTheFileHolds) {
  init_log({});
  const auto shown = terminal_text([this] {
    open_log_file(file);
    log_one_of_each();
  });
  EXPECT_EQ(shown, "a\nwarning: b\nerror: c\n");
  EXPECT_EQ(messages_in(file), shown);
}

TEST_F(Log, ALineOfTheFileBeginsWithItsTimeAndLevel) {
  init_log({});
  terminal_text([this] {
    open_log_file(file);
    log_one_of_each();
  });
  const std::string time = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}";
  EXPECT_THAT(read_file(file), MatchesRegex(time + " I a\n" + time + " W warning: b\n" + time + " E error: c\n"));
}

TEST_F(Log, AMessageCanBeReadInTheFileAsSoonAsItIsLogged) {
  init_log({});
  terminal_text([this] {
    open_log_file(file);
    log_info("soon");
    EXPECT_EQ(messages_in(file), "soon\n");
  });
}

TEST_F(Log, TheFileBeginsWithWhatWasLoggedBeforeItWasOpened) {
  init_log({});
  terminal_text([this] {
    log_one_of_each();
    open_log_file(file);
    log_info("d");
  });
  EXPECT_EQ(messages_in(file), "a\nwarning: b\nerror: c\nd\n");
}

TEST_F(Log, WhatTheLevelHidesIsNotInTheFileEither) {
  init_log({LogLevel::error, 0});
  terminal_text([this] {
    log_one_of_each();
    open_log_file(file);
    log_one_of_each();
  });
  EXPECT_EQ(messages_in(file), "error: c\nerror: c\n");
}

TEST_F(Log, WhatTheFirstFileHoldsIsNotRepeatedInTheNext) {
  init_log({});
  const auto next = folder / "next.txt";
  terminal_text([&] {
    log_info("early");
    open_log_file(file);
    log_info("first");
    close_log_file();
    open_log_file(next);
    log_info("second");
  });
  EXPECT_EQ(messages_in(file), "early\nfirst\n");
  EXPECT_EQ(messages_in(next), "second\n");
}

TEST_F(Log, AFileThatIsThereIsAppendedTo) {
  replace_file(file, "2024-02-03 12:00:00 I the run's first part\n");
  init_log({});
  terminal_text([this] {
    open_log_file(file);
    log_info("its second part");
  });
  EXPECT_EQ(messages_in(file), "the run's first part\nits second part\n");
}

TEST_F(Log, AClosedFileGetsNothingMoreAndTheTerminalDoes) {
  init_log({});
  const auto shown = terminal_text([this] {
    open_log_file(file);
    log_info("before");
    close_log_file();
    log_info("after");
  });
  EXPECT_EQ(messages_in(file), "before\n");
  EXPECT_EQ(shown, "before\nafter\n");
}

TEST_F(Log, TheNextFileBeginsWithWhatWasLoggedWhileThereWasNone) {
  init_log({});
  terminal_text([this] {
    open_log_file(folder / "first.txt");
    close_log_file();
    log_info("between");
    open_log_file(file);
    log_info("after");
  });
  EXPECT_EQ(messages_in(file), "between\nafter\n");
}

TEST_F(Log, InitialisedAnewItStartsWithoutTheFileAndTheMessagesOfBefore) {
  const auto next = folder / "next.txt";
  terminal_text([&] {
    init_log({});
    log_info("forgotten");
    init_log({});
    open_log_file(file);
    log_info("first");
    init_log({});
    log_info("second");
    open_log_file(next);
    log_info("third");
  });
  EXPECT_EQ(messages_in(file), "first\n");
  EXPECT_EQ(messages_in(next), "second\nthird\n");
}

TEST_F(Log, AFileThatCannotBeOpenedIsAnErrorThatNamesItAndTheTerminalGoesOn) {
  init_log({});
  const auto shown = terminal_text([this] {
    try {
      open_log_file(folder);
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("cannot open the log file"), HasSubstr(folder.string())));
    }
    log_info("still there");
  });
  EXPECT_THAT(shown, EndsWith("still there\n"));
}

TEST_F(Log, AScopedLevelHidesMoreAndEndsWithItsScope) {
  init_log({});
  EXPECT_EQ(terminal_text([] {
              {
                const ScopedLogLevel quiet(LogLevel::error);
                log_one_of_each();
              }
              log_info("d");
            }),
            "error: c\nd\n");
}

TEST_F(Log, AScopedLevelNeverShowsMore) {
  init_log({LogLevel::error, 0});
  EXPECT_EQ(terminal_text([] {
              const ScopedLogLevel loud(LogLevel::debug);
              log_one_of_each();
            }),
            "error: c\n");
}

TEST_F(Log, ScopedLevelsNest) {
  init_log({});
  EXPECT_EQ(terminal_text([] {
              const ScopedLogLevel warnings(LogLevel::warning);
              {
                const ScopedLogLevel nothing(LogLevel::off);
                log_one_of_each();
              }
              log_one_of_each();
            }),
            "warning: b\nerror: c\n");
}

TEST_F(Log, WhatAScopedLevelHidesDoesNotReachAFileOpenedLater) {
  init_log({});
  terminal_text([this] {
    {
      const ScopedLogLevel quiet(LogLevel::error);
      log_one_of_each();
    }
    open_log_file(file);
    log_info("d");
  });
  EXPECT_EQ(messages_in(file), "error: c\nd\n");
}

TEST_F(Log, WhatIsForTheFileAloneIsNotOnTheTerminal) {
  const auto path = folder / "log.txt";
  init_log({LogLevel::info, 0});
  EXPECT_THAT(terminal_text([] { log_to_file("before there is a file"); }), IsEmpty());
  open_log_file(path);
  EXPECT_THAT(terminal_text([] { log_to_file("progress"); }), IsEmpty());
  log_info("end");
  EXPECT_EQ(messages_in(path), "progress\nend\n");
}

TEST_F(Log, WhatIsForTheFileAloneIsThereAtOnce) {
  const auto path = folder / "log.txt";
  init_log({LogLevel::info, 0});
  open_log_file(path);
  log_to_file("progress");
  EXPECT_THAT(read_file(path), EndsWith("progress\n"));
}

TEST_F(Log, AStatusLineIsRedrawnOverTheLongerOneBefore) {
  init_log({LogLevel::info, 0});
  const auto shown = terminal_text([] {
    show_status_line("generation 9");
    show_status_line("done");
  });
  EXPECT_EQ(shown, "generation 9\rdone        ");
}

TEST_F(Log, AMessageIsWrittenAboveTheStatusLine) {
  init_log({LogLevel::info, 0});
  const auto shown = terminal_text([] {
    show_status_line("half");
    log_warning("slow");
  });
  EXPECT_EQ(shown, "half\r    \rwarning: slow\nhalf");
}

TEST_F(Log, AnEmptyStatusLineIsNone) {
  init_log({LogLevel::info, 0});
  const auto shown = terminal_text([] {
    show_status_line("half");
    show_status_line("");
    log_info("end");
    show_status_line("");
  });
  EXPECT_EQ(shown, "half\r    \rend\n");
}

TEST_F(Log, AStatusLineIsNotInTheFile) {
  init_log({LogLevel::info, 0});
  open_log_file(file);
  terminal_text([] {
    show_status_line("half");
    log_info("end");
  });
  EXPECT_EQ(messages_in(file), "end\n");
}

TEST_F(Log, ALevelForAWhileFromBeforeTheLogWasSetUpChangesNothing) {
  // A log that was never set up is there only in a process of its own.
  const auto start = [] {
    {
      const ScopedLogLevel quiet(LogLevel::error);
      init_log({LogLevel::info, 0});
    }
    log_info("heard");
    flush_log();
    std::_Exit(0);
  };
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(start(), testing::ExitedWithCode(0), "heard");
}

TEST_F(Log, ALevelForAWhileLeavesALogThatWasSetUpMeanwhileAlone) {
  init_log({LogLevel::off, 0});
  {
    const ScopedLogLevel quiet(LogLevel::error);
    init_log({LogLevel::info, 0});
  }
  EXPECT_EQ(terminal_text([] { log_info("heard"); }), "heard\n");
}

}  // namespace
}  // namespace zcmpi
