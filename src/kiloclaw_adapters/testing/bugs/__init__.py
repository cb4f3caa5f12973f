"""The bugs, by the story they are in: functions with the signatures of those they replace, each a few lines wrong."""
