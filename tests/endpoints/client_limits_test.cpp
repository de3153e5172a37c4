// Budgets against a server that counts.
#include <chrono>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "server_process.hpp"

namespace foundation::endpoints {
namespace {

using testing::HasSubstr;

/// Asks for `count` completions on `threads` threads; how many were answered.
int ask_many(Client& client, int count, int threads) {
  std::atomic<int> next{0};
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < threads; ++i)
    callers.emplace_back([&] {
      for (int k = next++; k < count; k = next++)
        answered += std::holds_alternative<Completion>(
                        client.complete(request_for("leaves " + std::to_string(k))))
                        ? 1
                        : 0;
    });
  for (std::thread& caller : callers) caller.join();
  return answered;
}

TEST(ClientLimits, requests_a_minute_are_kept_and_used) {
  const ServerProcess server{{"--limit", "210", "--window-ms", "1000"}};
  ClientOptions options = options_for(server.url());
  options.limits.requests_per_minute = 12'000;  // 200 a second
  Client client{options};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(ask_many(client, 800, 50), 800);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took.count(), 799 / 200.0 * 0.95) << "faster than the limit";
  EXPECT_EQ(client.totals().failed, 0U);
}

TEST(ClientLimits, without_a_limit_of_its_own_it_lives_with_that_of_the_server) {
  const ServerProcess server{{"--limit", "100", "--window-ms", "1000"}};
  Client client{options_for(server.url())};
  EXPECT_EQ(ask_many(client, 250, 50), 250);
  EXPECT_GE(server.stats()["statuses"]["429"], 1);
  EXPECT_LE(server.stats()["most_in_window"], 100);
  EXPECT_EQ(server.stats()["statuses"]["200"], 250);
}

TEST(ClientLimits, a_budget_of_tokens_ends_what_is_asked) {
  const ServerProcess server;
  ClientOptions options = options_for(server.url());
  options.limits.tokens = 8000;
  Client client{options};
  EXPECT_LT(ask_many(client, 800, 20), 800);
  EXPECT_LE(total_of(client.totals().usage), 8000U);
  EXPECT_GE(total_of(client.totals().usage), 7000U) << "what one request takes at most may be left";
  const Failure failure = failure_of(client.complete(request_for("one more")));
  EXPECT_EQ(failure.kind, FailureKind::blocked);
  EXPECT_THAT(failure.message, HasSubstr("the budget of 8000 tokens is spent"));
}

TEST(ClientLimits, a_budget_of_cost_does_so_too) {
  const ServerProcess server;
  ClientOptions options = options_for(server.url());
  options.limits.cost = 0.05;
  options.limits.input_price = 5;
  options.limits.output_price = 10;
  Client client{options};
  EXPECT_LT(ask_many(client, 800, 5), 800);
  EXPECT_LE(client.totals().cost, 0.05);
  EXPECT_GE(client.totals().cost, 0.044);
}

}  // namespace
}  // namespace foundation::endpoints
