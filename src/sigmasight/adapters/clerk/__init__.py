"""Clerk: its keys, its session tokens, its Backend API and its events."""
