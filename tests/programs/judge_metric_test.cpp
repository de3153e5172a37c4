// Answers graded by the test server.
#include <gmock/gmock.h>

#include "core/error.hpp"
#include "programs/metric.hpp"
#include "tests/endpoints/server_process.hpp"

namespace foundation::programs {
namespace {

using endpoints::ServerProcess;
using model::CellStatus;
using testing::HasSubstr;

class Judge : public testing::Test {
 protected:
  Judge() {
    options.judge = {.model = "m",
                     .criteria = "All words count.",
                     .client = endpoints::options_for(server.url())};
    options.input_names = {"text"};
  }
  [[nodiscard]] Verdict judge(const std::string& answer) const {
    return make_metric(options)->judge(example, {.text = answer});
  }

  ServerProcess server;
  MetricOptions options{.kind = "judge"};
  Example example{.id = "1", .inputs = {"who?"}, .label = "a small brown owl", .group = {}};
};

TEST_F(Judge, grades_by_what_it_is_told) {
  EXPECT_EQ(judge("a small brown owl").result.score, 1);
  const Verdict half = judge("a small fish");
  EXPECT_EQ(half.result.score, 0.5);
  EXPECT_EQ(half.result.status, CellStatus::ok);
  EXPECT_EQ(judge("trout").result.score, 0);
  EXPECT_EQ(judge("trout").result.status, CellStatus::wrong);
  EXPECT_EQ(judge("").result.score, 0) << "an empty answer is an answer";
}

TEST_F(Judge, gives_its_reason) {
  const auto metric = make_metric(options);
  EXPECT_EQ(metric->explain(example, {.text = "a small fish"}),
            "It has 5 tenths of what was expected.");
  EXPECT_EQ(metric->explain(example, {CellStatus::crashed, "signal 11"}),
            "There was no answer: the program crashed.");
}

TEST_F(Judge, asks_the_same_once_where_answers_are_kept) {
  const endpoints::TemporaryFolder folder;
  options.judge.client.cache_folder = folder.path();
  const auto metric = make_metric(options);
  const auto again = make_metric(options);
  EXPECT_EQ(metric->judge(example, {.text = "owl"}).result.score, 0.2);
  EXPECT_EQ(again->judge(example, {.text = "owl"}).result.score, 0.2);
  EXPECT_EQ(again->explain(example, {.text = "owl"}), "It has 2 tenths of what was expected.");
  EXPECT_EQ(server.stats()["requests"], 1);
  EXPECT_THAT(again->usage(), HasSubstr("2 requests (2 of them from the cache"));
}

TEST_F(Judge, leaves_what_has_failed_as_it_is) {
  const Verdict verdict = make_metric(options)->judge(example, {CellStatus::timeout, "late"});
  EXPECT_EQ(verdict.result.status, CellStatus::timeout);
  EXPECT_EQ(server.stats()["requests"], 0);
}

TEST_F(Judge, says_why_there_is_no_grade) {
  example.label.clear();
  const Verdict words = judge("owl");
  EXPECT_EQ(words.result.status, CellStatus::invalid_output);
  EXPECT_EQ(words.problem, "the judge's grade is no number from 0 to 10: `ten`");
  options.judge.model = "nearest:401";
  const Verdict blocked = judge("owl");
  EXPECT_EQ(blocked.result.status, CellStatus::blocked) << "no other answer can be graded either";
  EXPECT_THAT(blocked.problem, HasSubstr("the judge has not graded it: "));
}

TEST_F(Judge, has_bounds_and_costs_something) {
  const auto metric = make_metric(options);
  EXPECT_EQ(metric->scale().high, 1);
  EXPECT_TRUE(metric->maximise());
  EXPECT_TRUE(metric->asks_others());
  EXPECT_EQ(metric->name(), "judge");
  options.judge.client.endpoints.clear();
  EXPECT_THROW(static_cast<void>(make_metric(options)), core::Error);
}

}  // namespace
}  // namespace foundation::programs
