// What a client does when servers behave as they were seen to.
#include <chrono>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "server_process.hpp"

namespace foundation::endpoints {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// One trouble each; it goes away after a number of times that the client is ready to try.
class Trouble : public testing::TestWithParam<const char*> {};

TEST_P(Trouble, that_passes_costs_no_request) {
  const ServerProcess server;
  Client client{options_for(server.url())};
  const std::string model = std::string{"nearest:"} + GetParam();
  EXPECT_THAT(completion_of(client.complete(request_for("green leaves", model))).text,
              HasSubstr("plant"));
  EXPECT_GE(client.totals().retries, 1U);
  EXPECT_EQ(client.totals().failed, 0U);
}

INSTANTIATE_TEST_SUITE_P(passing, Trouble,
                         testing::Values("500x2", "502x3", "503x4", "529x3", "429x4", "429=1x1",
                                         "429-date=1x1", "408x1", "emptyx2", "not-jsonx2",
                                         "cut-jsonx2", "no-choicesx1", "empty-choicesx1",
                                         "no-contentx1", "number-contentx1", "bad-utf8x1",
                                         "cut-beforex3", "cut-bodyx3", "endlessx1"));

struct Lasting {
  const char* name;
  FailureKind kind;
  const char* message;
  int requests;
};

class LastingTrouble : public testing::TestWithParam<Lasting> {};

TEST_P(LastingTrouble, ends_with_its_own_kind_and_words) {
  const Lasting& expected = GetParam();
  const ServerProcess server;
  Client client{options_for(server.url())};
  static_cast<void>(completion_of(client.complete(request_for("the start was fine"))));
  const Failure failure =
      failure_of(client.complete(request_for("leaves", std::string{"nearest:"} + expected.name)));
  EXPECT_EQ(failure.kind, expected.kind) << failure.message;
  EXPECT_THAT(failure.message, HasSubstr(expected.message));
  EXPECT_THAT(failure.message, HasSubstr(server.url()));
  EXPECT_EQ(server.stats()["requests"], 1 + expected.requests);
}

INSTANTIATE_TEST_SUITE_P(
    lasting, LastingTrouble,
    testing::Values(Lasting{"400", FailureKind::refused, "HTTP 400: trouble asked for", 1},
                    Lasting{"413", FailureKind::refused, "HTTP 413", 1},
                    Lasting{"too-long", FailureKind::refused,
                            "the prompt has 9000 tokens, a slot of the server 4096", 1},
                    Lasting{"peg", FailureKind::bad_output, "peg-native", 1},
                    Lasting{"500", FailureKind::lost,
                            "HTTP 500: trouble asked for (after 2 retries)", 3},
                    Lasting{"empty", FailureKind::lost, "HTTP 200 with an empty body", 3},
                    Lasting{"not-json", FailureKind::lost, "it is not JSON", 3},
                    Lasting{"no-choices", FailureKind::lost, "it has no 'choices'", 3},
                    Lasting{"401", FailureKind::blocked, "HTTP 401", 1},
                    Lasting{"404", FailureKind::blocked, "HTTP 404", 1}));

TEST(ClientTrouble, a_cut_answer_says_so) {
  const ServerProcess server;
  Client client{options_for(server.url())};
  const auto cut = completion_of(client.complete(request_for("leaves", "nearest:length")));
  EXPECT_EQ(cut.finish_reason, "length");
  const auto blank = completion_of(client.complete(request_for("leaves", "nearest:blank")));
  EXPECT_EQ(blank.finish_reason, "length");
  const auto null = completion_of(client.complete(request_for("leaves", "nearest:null-content")));
  EXPECT_EQ(null.text, "");
}

TEST(ClientTrouble, a_request_that_takes_too_long_is_a_timeout) {
  const ServerProcess server;
  ClientOptions options = options_for(server.url());
  options.request_timeout = std::chrono::milliseconds{200};
  Client client{options};
  const Failure failure = failure_of(client.complete(request_for("leaves", "nearest:hang")));
  EXPECT_EQ(failure.kind, FailureKind::timeout) << failure.message;
  EXPECT_EQ(server.stats()["requests"], 2);
}

TEST(ClientTrouble, retry_after_is_waited_for) {
  const ServerProcess server;
  Client client{options_for(server.url())};
  const auto begin = std::chrono::steady_clock::now();
  static_cast<void>(completion_of(client.complete(request_for("leaves", "nearest:429=2x1"))));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds{2});
}

TEST(ClientTrouble, retry_after_beyond_the_deadline_is_not) {
  const ServerProcess server;
  Client client{options_for(server.url())};
  static_cast<void>(completion_of(client.complete(request_for("the start was fine"))));
  const auto begin = std::chrono::steady_clock::now();
  const Failure failure = failure_of(client.complete(request_for("leaves", "nearest:429=3600")));
  EXPECT_THAT(failure.message, HasSubstr("HTTP 429"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{10});
}

TEST(ClientTrouble, a_server_that_loads_its_model_is_waited_for) {
  const ServerProcess server{{"--loading-ms", "1500"}};
  Client client{options_for(server.url())};
  static_cast<void>(completion_of(client.complete(request_for("leaves"))));
  EXPECT_GE(server.stats()["statuses"]["503"], 1);
}

TEST(ClientTrouble, connections_that_the_server_closes_cost_no_retry) {
  const ServerProcess server{{"--close-after", "3", "--idle-ms", "100"}};
  Client client{options_for(server.url())};
  for (int i = 0; i < 30; ++i) {
    static_cast<void>(completion_of(client.complete(request_for(std::to_string(i)))));
    if (i % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds{150});
  }
  EXPECT_EQ(client.totals().retries, 0U);
  EXPECT_EQ(client.totals().failed, 0U);
}

TEST(ClientTrouble, a_server_that_is_not_there_blocks_the_client) {
  ServerProcess server;
  ClientOptions options = options_for(server.url());
  options.deadline = std::chrono::seconds{2};
  Client client{options};
  server.kill();
  const Failure failure = failure_of(client.complete(request_for("leaves")));
  EXPECT_EQ(failure.kind, FailureKind::blocked);
  EXPECT_THAT(failure.message, HasSubstr("onnect"));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(failure_of(client.complete(request_for("stones"))).message, failure.message);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{1});
}

TEST(ClientTrouble, a_start_without_a_single_answer_blocks_the_client) {
  const ServerProcess server;
  Client client{options_for(server.url())};
  std::vector<std::thread> callers;
  for (int i = 0; i < 9; ++i)
    callers.emplace_back([&client, i] {
      EXPECT_EQ(failure_of(client.complete(request_for(std::to_string(i), "nearest:500"))).kind,
                FailureKind::lost);
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failure_of(client.complete(request_for("tenth", "nearest:500"))).kind,
            FailureKind::blocked);
}

TEST(ClientTrouble, the_key_is_sent_and_never_told) {
  const ServerProcess server{{"--key", "canary-4711"}};
  ::setenv("LM_TEST_KEY", "canary-4711", 1);
  ClientOptions options = options_for(server.url());
  options.endpoints.front().api_key_env = "LM_TEST_KEY";
  Client client{options};
  static_cast<void>(completion_of(client.complete(request_for("leaves"))));
  const Failure failure = failure_of(client.complete(request_for("x", "nearest:echo-key")));
  EXPECT_THAT(failure.message, AllOf(HasSubstr("[key]"), Not(HasSubstr("canary"))));
  ::setenv("LM_TEST_KEY", "another", 1);
  Client stranger{options};
  EXPECT_THAT(failure_of(stranger.complete(request_for("leaves"))).message,
              AllOf(HasSubstr("HTTP 401"), Not(HasSubstr("another"))));
  ::unsetenv("LM_TEST_KEY");
  EXPECT_THROW(Client{options}, core::Error);
}

TEST(ClientTrouble, failures_are_never_cached) {
  const ServerProcess server;
  const TemporaryFolder folder;
  ClientOptions options = options_for(server.url());
  options.cache_folder = folder.path();
  Client client{options};
  static_cast<void>(completion_of(client.complete(request_for("the start was fine"))));
  const Request request = request_for("leaves", "nearest:500x3");
  static_cast<void>(failure_of(client.complete(request)));
  const auto completion = completion_of(client.complete(request));
  EXPECT_FALSE(completion.from_cache);
  EXPECT_THAT(completion.text, HasSubstr("plant"));
}

TEST(ClientTrouble, the_end_of_the_client_does_not_wait_for_a_server_that_hangs) {
  const ServerProcess server;
  auto client = std::make_unique<Client>(options_for(server.url()));
  static_cast<void>(completion_of(client->complete(request_for("leaves"))));
  const auto begin = std::chrono::steady_clock::now();
  client.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{2});
}

}  // namespace
}  // namespace foundation::endpoints
