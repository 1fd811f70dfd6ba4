"""The least Streamlit app with the same kind of toggle: what any dashboard's toggle costs here."""

import streamlit as st

choice = st.segmented_control("Average", ["macro", "micro"], default="macro", required=True)
st.metric("Score", f"{choice}")
